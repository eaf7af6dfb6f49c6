SELECT id, post_id, revision, kind, value, start_offset, end_offset, phrase, created_at
FROM corrections
WHERE workspace = $1 AND id = $2
