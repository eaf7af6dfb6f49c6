-- For the service itself, over all workspaces. Who claims a post has it until $2.
WITH due AS (
    SELECT workspace, id FROM posts
    WHERE state = 'pending' AND due_at <= now()
    ORDER BY due_at
    LIMIT $1
    FOR UPDATE SKIP LOCKED
)
UPDATE posts SET due_at = $2
FROM due JOIN workspaces ON workspaces.id = due.workspace AND workspaces.name IS NOT NULL
WHERE posts.workspace = due.workspace AND posts.id = due.id
RETURNING posts.workspace, posts.id, posts.revision, posts.digest, posts.text, posts.attempts, workspaces.cache_salt
