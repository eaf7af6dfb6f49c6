-- Newest first; behind the delivery $5 where there is one.
SELECT id, message, type, state, created_at, due_at, attempts, attempted_at, ended_at, status, reason
FROM webhook_deliveries
WHERE workspace = $1 AND webhook = $2 AND ($3::text IS NULL OR state = $3)
    AND ($5::uuid IS NULL OR (created_at, id) < (
        SELECT created_at, id FROM webhook_deliveries WHERE workspace = $1 AND id = $5))
ORDER BY created_at DESC, id DESC
LIMIT $4
