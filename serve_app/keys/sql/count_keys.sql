SELECT count(*) FROM api_keys
WHERE workspace = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
