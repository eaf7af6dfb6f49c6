-- Until the end of the transaction: no month is read from end to end where an index can serve.
SET LOCAL enable_seqscan = off;
SET LOCAL plan_cache_mode = force_generic_plan
