SELECT count(*) FROM posts WHERE workspace = $1
