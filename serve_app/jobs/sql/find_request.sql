SELECT id, request FROM jobs WHERE workspace = $1 AND idempotency_key = $2
