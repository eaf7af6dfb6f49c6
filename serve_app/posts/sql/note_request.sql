-- Waits for another request with the same key that is not through.
INSERT INTO idempotent_requests (workspace, key, request, post_ids, created) VALUES ($1, $2, $3, '{}', '{}')
ON CONFLICT DO NOTHING
RETURNING key
