INSERT INTO api_keys (
    workspace, id, name, hint, digest, scopes, expires_at,
    posts_per_minute, posts_per_month, characters_per_month
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
