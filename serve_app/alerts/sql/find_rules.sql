-- All of a workspace, or the one with id $2; with the event that is open.
SELECT rule.id, rule.created_at, rule.updated_at, rule.name, rule.enabled, rule.definition, rule.webhooks,
    rule.reading, rule.evaluated_at, event.id AS open_event
FROM alert_rules AS rule
LEFT JOIN alert_events AS event
    ON event.workspace = rule.workspace AND event.rule = rule.id AND event.ended_at IS NULL
WHERE rule.workspace = $1 AND ($2::uuid IS NULL OR rule.id = $2)
ORDER BY rule.id
