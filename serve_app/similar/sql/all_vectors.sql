-- All in two long values: as rows they would take ten times as long to read.
SELECT string_agg(uuid_send(post_id), '') AS post_ids, string_agg(vector, '') AS vectors
FROM post_vectors
WHERE workspace = $1 AND space = $2 AND post_id <> $3
