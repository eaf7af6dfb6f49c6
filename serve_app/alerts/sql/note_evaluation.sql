UPDATE alert_rules SET state = $3, reading = $4, evaluated_at = now()
WHERE workspace = $1 AND id = $2
