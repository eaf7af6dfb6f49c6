-- Only one replica evaluates a rule at a time: no row where another is at it.
SELECT id, name, definition, webhooks, state FROM alert_rules
WHERE workspace = $1 AND id = $2 AND enabled
FOR UPDATE SKIP LOCKED
