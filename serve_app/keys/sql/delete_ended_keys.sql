DELETE FROM api_keys
WHERE workspace = $1 AND least(revoked_at, expires_at) < now() - make_interval(days => $2)
