UPDATE rules SET
    state = CASE state WHEN 'applying' THEN 'in_force' ELSE 'withdrawn' END, state_since = now(),
    candidates = looked_at, cursor = NULL, worker = NULL, worker_due = NULL
WHERE workspace = $1 AND id = $2
