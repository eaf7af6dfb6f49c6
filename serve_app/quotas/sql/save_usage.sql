INSERT INTO usage_totals AS kept (workspace, key, day, epoch, posts, characters, requests)
SELECT given.*
FROM unnest($1::integer[], $2::uuid[], $3::date[], $4::uuid[], $5::bigint[], $6::bigint[], $7::bigint[])
    AS given (workspace, key, day, epoch, posts, characters, requests)
-- Locked, so that the workspace does not end before these rows are there to be deleted with it.
JOIN (SELECT id FROM workspaces WHERE id = ANY ($1::integer[]) AND name IS NOT NULL ORDER BY id FOR SHARE) AS own
    ON own.id = given.workspace
-- Another installation may count in the same Redis.
WHERE key = '00000000-0000-0000-0000-000000000000'
    OR EXISTS (SELECT FROM api_keys WHERE api_keys.workspace = given.workspace AND id = key)
ORDER BY given.workspace, key, day, epoch
ON CONFLICT (workspace, key, day, epoch) DO UPDATE SET
    posts = greatest(kept.posts, excluded.posts),
    characters = greatest(kept.characters, excluded.characters),
    requests = greatest(kept.requests, excluded.requests)
