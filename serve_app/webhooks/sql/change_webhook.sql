UPDATE webhooks
SET url = $3, description = $4, types = $5, disabled = $6, updated_at = now()
WHERE workspace = $1 AND id = $2
