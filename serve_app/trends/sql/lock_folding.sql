-- Until the end of the transaction.
SELECT pg_try_advisory_xact_lock($1, $2)
