-- $3 has the texts as they are searched, sign for sign: the marks are at the same places.
SELECT id, ts_headline(
    reading.configuration::regconfig, ($3::text[])[array_position($2::uuid[], id)], reading.words::tsquery, $4::text
) AS marked
FROM posts, unnest($5::text[], $6::text[], $7::text[]) AS reading (of_language, configuration, words)
WHERE workspace = $1 AND id = ANY($2::uuid[]) AND search @@ of_language::tsquery
