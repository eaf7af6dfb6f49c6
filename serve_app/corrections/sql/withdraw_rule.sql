-- Once withdrawn it stays so.
UPDATE rules SET
    state = 'withdrawing', state_since = now(), cursor = NULL, candidates = NULL, looked_at = 0, changed = 0,
    worker = NULL, worker_due = NULL
WHERE workspace = $1 AND id = $2 AND state IN ('applying', 'in_force')
