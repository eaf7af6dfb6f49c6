UPDATE idempotent_requests SET post_ids = $3, created = $4 WHERE workspace = $1 AND key = $2
