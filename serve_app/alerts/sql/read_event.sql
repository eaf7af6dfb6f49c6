SELECT event.*, rule.name AS rule_name
FROM alert_events AS event JOIN alert_rules AS rule ON rule.workspace = event.workspace AND rule.id = event.rule
WHERE event.workspace = $1 AND event.id = $2
