-- As it is now, without waiting for who is changing it.
SELECT version FROM rule_versions WHERE workspace = $1
