-- NULL where there are fewer.
SELECT id FROM posts WHERE workspace = $1 ORDER BY id DESC OFFSET $2 LIMIT 1
