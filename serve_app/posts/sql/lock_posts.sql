-- In the order of their ids, so that two writers of the same posts wait for each other, never in a circle.
SELECT id, created_at, updated_at, published_at, version, revision, revised_at, state, failure, attempts,
    external_id, author, url, language, tags, metadata::text AS metadata, text, digest, analysis,
    sentiment, formality, politeness, subjectivity, ease, words, emotions,
    ARRAY(SELECT lexeme FROM unnest(search) WHERE lexeme ~ '^([a-z#@]|has):') AS terms
FROM posts
WHERE workspace = $1 AND id = ANY($2::uuid[])
ORDER BY id
FOR UPDATE
