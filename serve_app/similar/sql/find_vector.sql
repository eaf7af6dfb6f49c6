SELECT space, vector FROM post_vectors WHERE workspace = $1 AND post_id = $2
