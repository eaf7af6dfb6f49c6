-- What a chunk adds to its job; the last one ends it.
UPDATE jobs
SET succeeded = succeeded + $3, failed = failed + $4, chunks_ended = chunks_ended + $5, flips = coalesce($6, flips),
    state = CASE WHEN planned AND chunks_ended + $5 = chunks THEN 'completed' ELSE state END,
    ended_at = CASE WHEN planned AND chunks_ended + $5 = chunks THEN clock_timestamp() END
WHERE workspace = $1 AND id = $2
RETURNING state
