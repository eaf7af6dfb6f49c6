UPDATE webhooks SET disabled = $3, updated_at = now()
WHERE workspace = $1 AND id = (SELECT webhook FROM webhook_deliveries WHERE workspace = $1 AND id = $2)
