SELECT
    id, created_at, name, hint, scopes, expires_at, revoked_at, previous_until,
    posts_per_minute, posts_per_month, characters_per_month
FROM api_keys WHERE workspace = $1 AND ($2::uuid IS NULL OR id = $2)
ORDER BY id
