SELECT id FROM posts WHERE {conditions} ORDER BY id LIMIT {limit}
