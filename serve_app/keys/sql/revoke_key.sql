UPDATE api_keys SET revoked_at = now(), previous_digest = NULL, previous_until = NULL
WHERE workspace = $1 AND id = $2 AND revoked_at IS NULL
RETURNING id
