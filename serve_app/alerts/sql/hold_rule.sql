SELECT id FROM alert_rules WHERE workspace = $1 AND id = $2 FOR UPDATE
