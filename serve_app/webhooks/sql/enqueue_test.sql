INSERT INTO webhook_deliveries (workspace, id, webhook, message, type, body, expires_at)
SELECT $1, $2, id, $4, $5, $6, now() + make_interval(secs => $7)
FROM webhooks
WHERE workspace = $1 AND id = $3
