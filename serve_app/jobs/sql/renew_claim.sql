UPDATE job_chunks SET due_at = clock_timestamp() + make_interval(secs => $5)
WHERE workspace = $1 AND job = $2 AND number = $3 AND claim = $4 AND state = 'waiting'
RETURNING number
