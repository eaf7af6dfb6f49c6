-- Tried again in $6 seconds, or given up where that is NULL or too late.
UPDATE webhook_deliveries
SET failures = failures + 1, status = $4, reason = $5,
    state = CASE WHEN later.due_at < expires_at THEN 'waiting' ELSE 'dead' END,
    ended_at = CASE WHEN later.due_at < expires_at THEN NULL ELSE now() END,
    due_at = coalesce(later.due_at, now())
FROM (SELECT now() + make_interval(secs => $6::double precision) AS due_at) AS later
WHERE workspace = $1 AND id = $2 AND attempts = $3 AND state = 'waiting'
