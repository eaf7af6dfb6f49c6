-- No row where another is at it.
SELECT workspace, id, filter, planned_to, chunks, posts FROM jobs
WHERE workspace = $1 AND id = $2 AND state IN ('waiting', 'running') AND NOT planned
FOR NO KEY UPDATE SKIP LOCKED
