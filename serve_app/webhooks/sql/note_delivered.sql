UPDATE webhook_deliveries
SET state = 'delivered', ended_at = now(), status = $4, reason = NULL, failures = 0
WHERE workspace = $1 AND id = $2 AND attempts = $3 AND state = 'waiting'
