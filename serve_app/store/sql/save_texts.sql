-- The column "head" holds the record's preamble.
-- Sorted, so that two writers of the same texts wait for each other and never in a circle.
INSERT INTO texts (digest, head, characters, first_seen_at, last_seen_at, seen_count)
SELECT digest, head::jsonb, characters, first_seen_at, last_seen_at, seen_count
FROM unnest($1::bytea[], $2::text[], $3::integer[], $4::timestamptz[], $5::timestamptz[], $6::bigint[])
    AS fresh (digest, head, characters, first_seen_at, last_seen_at, seen_count)
ORDER BY digest
ON CONFLICT (digest) DO UPDATE SET
    head = EXCLUDED.head,
    characters = COALESCE(EXCLUDED.characters, texts.characters),
    first_seen_at = LEAST(texts.first_seen_at, EXCLUDED.first_seen_at),
    last_seen_at = GREATEST(texts.last_seen_at, EXCLUDED.last_seen_at),
    seen_count = texts.seen_count + EXCLUDED.seen_count
