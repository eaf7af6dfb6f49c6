DELETE FROM idempotent_requests WHERE created_at < now() - interval '1 day'
