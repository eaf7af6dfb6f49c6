-- Of the events of a rule that ended after a moment.
SELECT began_at, ended_at FROM alert_events
WHERE workspace = $1 AND rule = $2 AND ended_at > $3
