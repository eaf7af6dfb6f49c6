SELECT count(*) FROM (SELECT 1 FROM posts WHERE {conditions} LIMIT {limit}) AS counted
