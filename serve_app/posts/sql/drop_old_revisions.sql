-- The newest $3 are kept. The latest of them is the text that is about to change: posts still has it.
DELETE FROM revisions USING posts
WHERE revisions.workspace = $1 AND revisions.post_id = ANY($2::uuid[])
    AND posts.workspace = $1 AND posts.id = revisions.post_id AND revisions.revision <= posts.revision - $3
