-- What a person said of the same before is no more.
INSERT INTO corrections (
    workspace, id, post_id, revision, target, kind, value, start_offset, end_offset, phrase, created_at
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (workspace, post_id, revision, target) DO UPDATE SET
    value = excluded.value, phrase = excluded.phrase, created_at = excluded.created_at
RETURNING id
