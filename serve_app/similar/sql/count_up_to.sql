SELECT count(*) FROM (
    SELECT FROM post_vectors WHERE workspace = $1 AND space = $2 LIMIT $3
) AS counted
