-- Chunks in the order of the posts, from the one that has the post $3 on.
SELECT number, first_index, posts, state, results FROM job_chunks
WHERE workspace = $1 AND job = $2 AND number >= $4 AND first_index + posts > $3
ORDER BY number
LIMIT $5
