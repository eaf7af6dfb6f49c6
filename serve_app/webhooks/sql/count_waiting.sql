-- Of all workspaces, up to $1.
SELECT count(*) FROM (SELECT FROM webhook_deliveries WHERE state = 'waiting' LIMIT $1) AS waiting
