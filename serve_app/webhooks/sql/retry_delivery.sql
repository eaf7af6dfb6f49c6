UPDATE webhook_deliveries
SET state = 'waiting', due_at = now(), ended_at = NULL, failures = 0, expires_at = now() + make_interval(secs => $4)
WHERE workspace = $1 AND webhook = $2 AND id = $3 AND state <> 'waiting'
RETURNING id
