-- Chunks were added.
UPDATE jobs
SET chunks = chunks + $3, chunks_ended = chunks_ended + $4, posts = posts + $5, failed = failed + $6,
    received_until = now() + interval '2 minutes', planned_to = coalesce($7, planned_to)
WHERE workspace = $1 AND id = $2
