-- For the service itself, over all workspaces: the oldest work that nobody is at.
WITH next AS (
    SELECT workspace, id FROM rules
    WHERE state IN ('applying', 'withdrawing') AND (worker_due IS NULL OR worker_due < clock_timestamp())
    ORDER BY state_since
    LIMIT 1
    FOR UPDATE SKIP LOCKED
)
UPDATE rules SET worker = $1, worker_due = clock_timestamp() + make_interval(secs => $2)
FROM next
WHERE rules.workspace = next.workspace AND rules.id = next.id
RETURNING rules.workspace, rules.id
