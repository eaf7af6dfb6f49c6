-- Kept posts are found beside the requests.
UPDATE jobs SET state = 'waiting', idempotency_key = $3, request = $4 WHERE workspace = $1 AND id = $2
