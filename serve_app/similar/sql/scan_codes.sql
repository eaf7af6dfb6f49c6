-- Looks at each code; without pgvector's operators, so that any Postgres can.
SELECT uuid_send(post_id) AS post_ids, vector AS vectors
FROM post_vectors
WHERE workspace = $1 AND space = $2 AND post_id <> $3
ORDER BY bit_count(code # ('x' || $4)::bit(384))
LIMIT $5
