INSERT INTO api_keys (workspace, id, name, hint, digest, scopes, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
