-- A page of the texts most used, with the sections that today's models gave.
SELECT encode(texts.digest, 'hex') AS digest, texts.head::text AS preamble,
    sections.analysis, sections.status, sections.version, sections.body::text AS body,
    sections.vector
FROM (
    SELECT digest, head, seen_count, last_seen_at
    FROM texts
    ORDER BY seen_count DESC, last_seen_at DESC, digest
    LIMIT $3 OFFSET $4
) AS texts
JOIN sections USING (digest)
JOIN unnest($1::text[], $2::text[]) AS today (analysis, version) USING (analysis, version)
ORDER BY texts.seen_count DESC, texts.last_seen_at DESC, texts.digest
