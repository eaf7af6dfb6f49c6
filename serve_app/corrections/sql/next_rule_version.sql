SELECT next_rule_version($1)
