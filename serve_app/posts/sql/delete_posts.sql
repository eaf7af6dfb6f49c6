DELETE FROM posts WHERE workspace = $1 AND id = ANY($2::uuid[])
