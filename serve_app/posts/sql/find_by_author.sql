SELECT id FROM posts WHERE workspace = $1 AND author = $2 ORDER BY published_at DESC, id DESC LIMIT $3
