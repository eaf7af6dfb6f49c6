-- Newest first: of a rule $2, open or not $3, acknowledged or not $4, behind the event $5.
SELECT event.*, rule.name AS rule_name
FROM alert_events AS event JOIN alert_rules AS rule ON rule.workspace = event.workspace AND rule.id = event.rule
WHERE event.workspace = $1 AND ($2::uuid IS NULL OR event.rule = $2)
    AND ($3::boolean IS NULL OR (event.ended_at IS NULL) = $3)
    AND ($4::boolean IS NULL OR (event.acknowledged_at IS NOT NULL) = $4)
    AND ($5::uuid IS NULL OR event.id < $5)
ORDER BY event.id DESC
LIMIT $6
