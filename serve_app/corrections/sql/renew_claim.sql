UPDATE rules SET worker_due = clock_timestamp() + make_interval(secs => $4)
WHERE workspace = $1 AND id = $2 AND worker = $3
