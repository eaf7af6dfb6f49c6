SELECT number, results FROM job_chunks
WHERE workspace = $1 AND job = $2 AND failed > 0 AND first_index + posts > $3
ORDER BY number
LIMIT $4
