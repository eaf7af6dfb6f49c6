UPDATE job_chunks SET state = 'cancelled', ended_at = now(), input = NULL
WHERE workspace = $1 AND job = $2 AND state = 'waiting'
