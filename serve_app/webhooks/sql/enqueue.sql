-- A delivery for each receiver that takes the type: all of them, or those in $6.
INSERT INTO webhook_deliveries (workspace, id, webhook, message, type, body, expires_at)
SELECT $1, gen_random_uuid(), id, $2, $3, $4, now() + make_interval(secs => $5)
FROM webhooks
WHERE workspace = $1 AND disabled IS NULL AND $3 = ANY (types) AND ($6::uuid[] IS NULL OR id = ANY ($6))
ON CONFLICT (workspace, webhook, message) DO NOTHING
