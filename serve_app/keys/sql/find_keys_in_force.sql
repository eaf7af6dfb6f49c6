SELECT
    api_keys.id,
    name.name AS workspace,
    digest,
    CASE WHEN previous_until > now() THEN previous_digest END AS previous_digest,
    CASE WHEN previous_until > now() THEN extract(epoch FROM previous_until - now())::float8 END AS previous_for_s,
    scopes,
    extract(epoch FROM expires_at - now())::float8 AS good_for_s
FROM api_keys
JOIN workspaces AS name ON name.id = api_keys.workspace AND name.name IS NOT NULL
WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
