SELECT rule_version($1)
