-- The oldest first.
SELECT id, post_id, revision, kind, value, start_offset, end_offset, phrase, created_at
FROM corrections
WHERE workspace = $1 AND post_id = ANY($2::uuid[])
ORDER BY id
