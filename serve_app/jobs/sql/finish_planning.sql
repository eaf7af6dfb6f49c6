-- All chunks are there; it may have none that is left to do.
UPDATE jobs
SET planned = true, idempotency_key = coalesce($3, idempotency_key), request = coalesce($4, request),
    state = CASE WHEN chunks_ended = chunks THEN 'completed' WHEN state = 'receiving' THEN 'waiting' ELSE state END,
    ended_at = CASE WHEN chunks_ended = chunks THEN clock_timestamp() END
WHERE workspace = $1 AND id = $2
RETURNING state
