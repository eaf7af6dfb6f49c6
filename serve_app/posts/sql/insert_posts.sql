-- Several values of a row travel as one string, parted by the unit separator, which none can hold.
INSERT INTO posts (
    workspace, id, created_at, updated_at, revised_at, published_at, state, failure, attempts, due_at,
    external_id, author, url, language, tags, metadata, text, digest, analysis,
    sentiment, formality, politeness, subjectivity, ease, words, emotions, search
)
SELECT
    $1, id, created_at, created_at, created_at, published_at, state, failure, attempts, due_at,
    external_id, author, url, language, string_to_array(tags, E'\x1f'), metadata::jsonb, text, digest, analysis,
    sentiment, formality, politeness, subjectivity, ease, words, emotions::smallint[],
    to_tsvector(configuration::regconfig, searched)
        || array_to_tsvector(string_to_array(terms, E'\x1f'))
FROM unnest(
    $2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::text[], $6::text[], $7::smallint[], $8::timestamptz[],
    $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::bytea[],
    $17::bytea[], $18::real[], $19::real[], $20::real[], $21::real[], $22::real[], $23::integer[], $24::text[],
    $25::text[], $26::text[], $27::text[]
) AS fresh (
    id, created_at, published_at, state, failure, attempts, due_at,
    external_id, author, url, language, tags, metadata, text, digest,
    analysis, sentiment, formality, politeness, subjectivity, ease, words, emotions,
    configuration, searched, terms
)
ORDER BY id
