SELECT count(*) FROM alert_rules WHERE workspace = $1
