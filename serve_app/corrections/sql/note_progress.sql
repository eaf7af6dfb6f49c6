UPDATE rules SET
    cursor = $3, looked_at = looked_at + $4, changed = changed + $5, worker_due = clock_timestamp() + make_interval(secs => $6)
WHERE workspace = $1 AND id = $2
