-- Pending posts whose words are indexed with their analyses; see insert_posts.sql.
INSERT INTO posts (
    workspace, id, created_at, updated_at, revised_at, published_at, state, due_at,
    external_id, author, url, language, tags, metadata, text, digest, search
)
SELECT
    $1, id, created_at, created_at, created_at, published_at, 'pending', due_at,
    external_id, author, url, language, string_to_array(tags, E'\x1f'), metadata::jsonb, text, digest,
    array_to_tsvector(string_to_array(terms, E'\x1f'))
FROM unnest(
    $2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[], $6::text[], $7::text[], $8::text[],
    $9::text[], $10::text[], $11::text[], $12::text[], $13::bytea[], $14::text[]
) AS fresh (
    id, created_at, published_at, due_at, external_id, author, url,
    language, tags, metadata, text, digest, terms
)
ORDER BY id
