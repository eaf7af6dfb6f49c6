SELECT id, created_at, updated_at, url, description, types, disabled, previous_until
FROM webhooks WHERE workspace = $1 AND ($2::uuid IS NULL OR id = $2)
ORDER BY id
