INSERT INTO webhooks (workspace, id, url, description, types, secret)
VALUES ($1, $2, $3, $4, $5, $6)
