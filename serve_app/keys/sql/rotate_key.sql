UPDATE api_keys SET
    digest = $3,
    hint = $4,
    previous_digest = CASE WHEN $5::float8 > 0 THEN digest END,
    previous_until = CASE WHEN $5::float8 > 0 THEN now() + make_interval(secs => $5::float8) END
WHERE workspace = $1 AND id = $2 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
RETURNING id
