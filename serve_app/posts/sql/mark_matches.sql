-- $3 has the texts as they are searched, sign for sign: the marks are at the same places.
-- The ids are looked up as in find_posts.sql.
SELECT posts.id, ts_headline(
    reading.configuration::regconfig, wanted.text, reading.words::tsquery, $4::text
) AS marked
FROM unnest($2::uuid[], $3::text[]) AS wanted (id, text)
    JOIN posts ON workspace = $1 AND posts.id = wanted.id
    JOIN unnest($5::text[], $6::text[], $7::text[]) AS reading (of_language, configuration, words)
        ON search @@ of_language::tsquery
