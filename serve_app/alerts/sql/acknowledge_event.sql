UPDATE alert_events SET acknowledged_at = coalesce(acknowledged_at, now()), note = coalesce($3, note)
WHERE workspace = $1 AND id = $2
RETURNING id
