SELECT pg_advisory_xact_lock(hashtext('alert_rules'), $1)
