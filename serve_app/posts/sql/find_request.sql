SELECT request, post_ids, created FROM idempotent_requests WHERE workspace = $1 AND key = $2
