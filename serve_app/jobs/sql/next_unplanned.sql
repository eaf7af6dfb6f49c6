-- A job whose posts have not all been found.
SELECT job.workspace, job.id
FROM jobs AS job JOIN workspaces ON workspaces.id = job.workspace AND workspaces.name IS NOT NULL
WHERE job.state IN ('waiting', 'running') AND NOT job.planned
ORDER BY job.received_until
LIMIT 1
