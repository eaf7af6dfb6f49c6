INSERT INTO alert_rules (workspace, id, name, enabled, definition, webhooks)
VALUES ($1, $2, $3, $4, $5, $6)
