INSERT INTO jobs (workspace, id, kind, priority, analyses, offsets, top_n, filter, webhooks)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
