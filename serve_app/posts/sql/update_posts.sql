-- See insert_posts.sql.
UPDATE posts SET
    updated_at = fresh.updated_at, published_at = fresh.published_at, version = posts.version + 1,
    revision = fresh.revision, revised_at = fresh.revised_at, state = fresh.state, failure = fresh.failure,
    attempts = fresh.attempts, due_at = fresh.due_at, external_id = fresh.external_id, author = fresh.author,
    url = fresh.url, language = fresh.language, tags = string_to_array(fresh.tags, E'\x1f'),
    metadata = fresh.metadata::jsonb, text = fresh.text, digest = fresh.digest, analysis = fresh.analysis,
    sentiment = fresh.sentiment, formality = fresh.formality, politeness = fresh.politeness,
    subjectivity = fresh.subjectivity, ease = fresh.ease, words = fresh.words,
    emotions = fresh.emotions::smallint[],
    search = to_tsvector(fresh.configuration::regconfig, fresh.searched)
        || array_to_tsvector(string_to_array(fresh.terms, E'\x1f'))
FROM unnest(
    $2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::integer[], $6::timestamptz[], $7::text[], $8::text[],
    $9::smallint[], $10::timestamptz[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[],
    $16::text[], $17::text[], $18::bytea[], $19::bytea[], $20::real[], $21::real[], $22::real[], $23::real[],
    $24::real[], $25::integer[], $26::text[], $27::text[], $28::text[], $29::text[]
) AS fresh (
    id, updated_at, published_at, revision, revised_at, state, failure,
    attempts, due_at, external_id, author, url, language, tags,
    metadata, text, digest, analysis, sentiment, formality, politeness, subjectivity,
    ease, words, emotions, configuration, searched, terms
)
WHERE posts.workspace = $1 AND posts.id = fresh.id
