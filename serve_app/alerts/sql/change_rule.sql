-- $7: whether what the detector keeps is forgotten.
UPDATE alert_rules
SET name = $3, enabled = $4, definition = $5, webhooks = $6, updated_at = now(), due_at = now(),
    state = CASE WHEN $7 THEN '{}' ELSE state END, reading = CASE WHEN $7 THEN NULL ELSE reading END
WHERE workspace = $1 AND id = $2
