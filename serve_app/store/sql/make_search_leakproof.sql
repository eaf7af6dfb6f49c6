ALTER FUNCTION pg_catalog.ts_match_vq(tsvector, tsquery) LEAKPROOF
