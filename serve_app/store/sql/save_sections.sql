-- In the transaction of save_texts, whose row locks keep other writers of these texts away.
INSERT INTO sections (digest, analysis, version, status, body, vector, created_at)
SELECT digest, analysis, version, status, body::jsonb, vector, created_at
FROM unnest($1::bytea[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::timestamptz[])
    AS fresh (digest, analysis, version, status, body, vector, created_at)
ORDER BY digest, analysis, version
ON CONFLICT (digest, analysis, version) DO UPDATE SET
    status = EXCLUDED.status,
    body = EXCLUDED.body,
    vector = EXCLUDED.vector,
    created_at = EXCLUDED.created_at
WHERE sections.created_at <= EXCLUDED.created_at
