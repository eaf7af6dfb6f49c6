-- What is used of the months of the keys that have such a limit and are in force.
SELECT
    api_keys.id AS key,
    posts_per_month,
    characters_per_month,
    coalesce(used.posts, 0) AS posts,
    coalesce(used.characters, 0) AS characters
FROM api_keys
LEFT JOIN LATERAL (
    SELECT sum(posts)::bigint AS posts, sum(characters)::bigint AS characters
    FROM usage_totals
    WHERE workspace = api_keys.workspace AND key = api_keys.id AND day >= $2 AND day < $3
) AS used ON true
WHERE workspace = $1 AND ($4::uuid IS NULL OR id = $4)
    AND (posts_per_month IS NOT NULL OR characters_per_month IS NOT NULL)
    AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
ORDER BY id
