SELECT
    api_keys.id,
    name.id AS workspace_id,
    name.name AS workspace,
    digest,
    CASE WHEN previous_until > now() THEN previous_digest END AS previous_digest,
    CASE WHEN previous_until > now() THEN extract(epoch FROM previous_until - now())::float8 END AS previous_for_s,
    scopes,
    extract(epoch FROM expires_at - now())::float8 AS good_for_s,
    posts_per_minute,
    posts_per_month,
    characters_per_month,
    month.number AS used_month,
    coalesce(used.posts, 0) AS used_posts,
    coalesce(used.characters, 0) AS used_characters
FROM api_keys
JOIN workspaces AS name ON name.id = api_keys.workspace AND name.name IS NOT NULL
CROSS JOIN (
    SELECT
        date_trunc('month', now() AT TIME ZONE 'UTC')::date AS begins,
        (extract(year FROM now() AT TIME ZONE 'UTC') * 12 + extract(month FROM now() AT TIME ZONE 'UTC') - 1)::integer AS number
) AS month
LEFT JOIN LATERAL (
    SELECT sum(posts)::bigint AS posts, sum(characters)::bigint AS characters
    FROM usage_totals
    WHERE workspace = api_keys.workspace AND key = api_keys.id
        AND day >= month.begins AND day < month.begins + interval '1 month'
) AS used ON posts_per_month IS NOT NULL OR characters_per_month IS NOT NULL
WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
