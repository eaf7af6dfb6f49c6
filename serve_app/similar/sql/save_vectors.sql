INSERT INTO post_vectors (workspace, post_id, space, code, vector)
SELECT $1, post_id, space, ('x' || code)::bit(384), vector
FROM unnest($2::uuid[], $3::integer[], $4::text[], $5::bytea[]) AS fresh (post_id, space, code, vector)
ON CONFLICT (workspace, post_id) DO UPDATE SET
    space = EXCLUDED.space,
    code = EXCLUDED.code,
    vector = EXCLUDED.vector
