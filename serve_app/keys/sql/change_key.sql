UPDATE api_keys SET
    name = $3,
    posts_per_minute = $4,
    posts_per_month = $5,
    characters_per_month = $6
WHERE workspace = $1 AND id = $2 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
RETURNING id
