-- Gives external ids to new posts. Of those that others have, nothing changes; waits for who is giving one.
INSERT INTO external_ids (workspace, external_id, post_id)
SELECT $1, external_id, post_id
FROM unnest($2::text[], $3::uuid[]) AS fresh (external_id, post_id)
ORDER BY external_id
ON CONFLICT DO NOTHING
