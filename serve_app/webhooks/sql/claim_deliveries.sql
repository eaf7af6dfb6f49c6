-- Due deliveries, taken for a lease: of each workspace as many as it has room for, so that no
-- workspace waits for another. $1: deliveries in all; $2: of a workspace; $3, $4: workspaces that have
-- some in flight here, and how many; $5: seconds of the lease.
WITH RECURSIVE each (workspace) AS (
    (SELECT workspace FROM webhook_deliveries WHERE state = 'waiting' ORDER BY workspace LIMIT 1)
    UNION ALL
    SELECT (
        SELECT next.workspace FROM webhook_deliveries AS next
        WHERE next.state = 'waiting' AND next.workspace > each.workspace
        ORDER BY next.workspace LIMIT 1
    )
    FROM each WHERE each.workspace IS NOT NULL
), room (workspace, count) AS (
    SELECT each.workspace, $2::integer - coalesce(busy.count, 0)
    FROM each LEFT JOIN unnest($3::integer[], $4::integer[]) AS busy (workspace, count) USING (workspace)
    WHERE each.workspace IS NOT NULL
    ORDER BY random()
), claimed AS (
    SELECT due.workspace, due.id
    FROM room CROSS JOIN LATERAL (
        SELECT workspace, id FROM webhook_deliveries
        WHERE workspace = room.workspace AND state = 'waiting' AND due_at <= now()
        ORDER BY due_at
        LIMIT greatest(room.count, 0)
        FOR UPDATE SKIP LOCKED
    ) AS due
    LIMIT $1
)
UPDATE webhook_deliveries AS delivery
SET attempts = attempts + 1, attempted_at = now(), due_at = now() + make_interval(secs => $5)
FROM claimed, webhooks AS webhook
WHERE delivery.workspace = claimed.workspace AND delivery.id = claimed.id
    AND webhook.workspace = delivery.workspace AND webhook.id = delivery.webhook
RETURNING delivery.workspace, delivery.id, delivery.message, delivery.body, delivery.attempts,
    delivery.failures, webhook.url, webhook.secret, webhook.disabled,
    CASE WHEN webhook.previous_until > now() THEN webhook.previous_secret END AS previous_secret
