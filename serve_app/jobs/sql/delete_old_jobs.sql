-- Those that ended $1 days ago, and those whose receiver is gone.
DELETE FROM jobs
WHERE (workspace, id) IN (
    SELECT workspace, id FROM jobs
    WHERE ended_at < now() - make_interval(days => $1) OR (state = 'receiving' AND received_until < now())
    LIMIT $2
)
