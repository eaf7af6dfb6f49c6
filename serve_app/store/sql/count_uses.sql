-- Sorted, so that two writers of the same texts wait for each other and never in a circle.
WITH used AS (
    SELECT texts.digest, counted.uses
    FROM texts
    JOIN unnest($1::bytea[], $2::bigint[]) AS counted (digest, uses) USING (digest)
    ORDER BY texts.digest
    FOR UPDATE OF texts
)
UPDATE texts
SET seen_count = texts.seen_count + used.uses, last_seen_at = GREATEST(texts.last_seen_at, now())
FROM used
WHERE texts.digest = used.digest
