UPDATE webhooks
SET previous_secret = secret, previous_until = now() + make_interval(secs => $4), secret = $3, updated_at = now()
WHERE workspace = $1 AND id = $2
RETURNING id
