DELETE FROM post_vectors WHERE workspace = $1 AND post_id = ANY($2::uuid[])
