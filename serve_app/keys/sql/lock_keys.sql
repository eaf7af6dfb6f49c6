SELECT pg_advisory_xact_lock(hashtext('api_keys'), $1)
