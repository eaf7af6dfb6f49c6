-- The job whose turn it is: of the workspace that has waited longest since a chunk of it was taken up,
-- the most urgent job, and of equal ones that which has waited longest. $1: attempts of a chunk.
SELECT job.workspace, job.id
FROM jobs AS job
JOIN workspaces ON workspaces.id = job.workspace AND workspaces.name IS NOT NULL
LEFT JOIN job_turns AS turn ON turn.workspace = job.workspace
WHERE job.state IN ('waiting', 'running') AND EXISTS (
    SELECT FROM job_chunks AS chunk
    WHERE chunk.workspace = job.workspace AND chunk.job = job.id AND chunk.state = 'waiting'
        AND chunk.due_at <= now() AND chunk.attempts < $1
)
ORDER BY turn.claimed_at NULLS FIRST, job.priority DESC, job.claimed_at NULLS FIRST, job.id
LIMIT 1
