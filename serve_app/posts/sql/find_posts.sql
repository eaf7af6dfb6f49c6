SELECT id, created_at, updated_at, published_at, version, revision, revised_at, state, failure, attempts,
    external_id, author, url, language, tags, metadata::text AS metadata, text, digest, analysis
FROM posts
WHERE workspace = $1 AND id = ANY($2::uuid[])
