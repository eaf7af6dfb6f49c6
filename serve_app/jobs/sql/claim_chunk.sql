-- The first chunk of a job that is due, for $3 seconds. $4: attempts of a chunk.
UPDATE job_chunks AS chunk
SET claim = claim + 1, attempts = attempts + 1, due_at = clock_timestamp() + make_interval(secs => $3)
FROM (
    SELECT workspace, job, number FROM job_chunks
    WHERE workspace = $1 AND job = $2 AND state = 'waiting' AND due_at <= now() AND attempts < $4
    ORDER BY number
    LIMIT 1
    FOR UPDATE SKIP LOCKED
) AS due
JOIN workspaces ON workspaces.id = due.workspace
WHERE chunk.workspace = due.workspace AND chunk.job = due.job AND chunk.number = due.number
RETURNING chunk.number, chunk.claim, chunk.attempts, workspaces.name, workspaces.cache_salt
