-- NULL where there are fewer.
SELECT id FROM posts WHERE workspace = $1 AND id > $2 ORDER BY id OFFSET $3 LIMIT 1
