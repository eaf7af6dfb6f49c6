INSERT INTO alert_events (
    workspace, id, rule, definition, direction, began_at, raised_at, window_hours, posts, value, expected, score, threshold
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT (workspace, rule) WHERE ended_at IS NULL DO NOTHING
RETURNING id
