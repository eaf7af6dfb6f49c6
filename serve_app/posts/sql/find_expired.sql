SELECT id FROM posts WHERE workspace = $1 AND id < $2 ORDER BY id LIMIT $3
