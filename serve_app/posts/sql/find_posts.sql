-- Each id is looked up in its month alone, by a plan that is made once: of id = ANY, Postgres makes
-- one every time, or looks all ids up in all months.
SELECT posts.id, created_at, updated_at, published_at, version, revision, revised_at, state, failure, attempts,
    external_id, author, url, language, tags, metadata::text AS metadata, text, digest, analysis
FROM unnest($2::uuid[]) AS wanted (id) JOIN posts ON workspace = $1 AND posts.id = wanted.id
