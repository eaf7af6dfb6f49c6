-- Chunks that are due, and those that somebody is at.
SELECT count(*) FILTER (WHERE chunk.due_at <= now()) AS due,
    count(*) FILTER (WHERE chunk.due_at > now()) AS claimed
FROM jobs AS job JOIN job_chunks AS chunk ON chunk.workspace = job.workspace AND chunk.job = job.id
WHERE job.state IN ('waiting', 'running') AND chunk.state = 'waiting'
