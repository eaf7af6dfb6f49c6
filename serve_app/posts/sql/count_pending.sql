-- Of all workspaces, up to $1.
SELECT count(*) FROM (SELECT FROM posts WHERE due_at IS NOT NULL LIMIT $1) AS pending
