UPDATE alert_events SET ended_at = $3, ending = $4
WHERE workspace = $1 AND rule = $2 AND ended_at IS NULL
RETURNING id
