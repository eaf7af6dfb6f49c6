SELECT id, post_id, revision, kind, value, start_offset, end_offset, phrase, created_at
FROM corrections
WHERE workspace = $1 AND ($2::uuid IS NULL OR post_id = $2) AND ($3::uuid IS NULL OR id < $3)
ORDER BY id DESC
LIMIT $4
