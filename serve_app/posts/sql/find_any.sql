SELECT id FROM posts WHERE workspace = $1 ORDER BY id LIMIT $2
