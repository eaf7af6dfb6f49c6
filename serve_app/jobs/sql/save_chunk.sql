-- What came of a chunk as it was claimed; with $8 it is tried again in so many seconds.
UPDATE job_chunks
SET input = $5, results = $6, failed = $7, claim = claim + 1,
    due_at = coalesce(clock_timestamp() + make_interval(secs => $8::double precision), due_at),
    state = CASE WHEN $8::double precision IS NULL THEN 'ended' ELSE 'waiting' END,
    ended_at = CASE WHEN $8::double precision IS NULL THEN clock_timestamp() END
WHERE workspace = $1 AND job = $2 AND number = $3 AND claim = $4 AND state = 'waiting'
RETURNING number
