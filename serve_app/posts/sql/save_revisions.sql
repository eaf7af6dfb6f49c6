INSERT INTO revisions (workspace, post_id, revision, revised_at, state, failure, text, digest, analysis)
SELECT workspace, id, revision, revised_at, state, failure, text, digest, analysis
FROM posts
WHERE workspace = $1 AND id = ANY($2::uuid[])
