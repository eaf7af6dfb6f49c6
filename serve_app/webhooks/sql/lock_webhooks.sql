SELECT pg_advisory_xact_lock(hashtext('webhooks'), $1)
