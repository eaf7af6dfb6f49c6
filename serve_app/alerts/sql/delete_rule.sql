DELETE FROM alert_rules WHERE workspace = $1 AND id = $2 RETURNING id
