-- The name of the index if it can be used: one that is being built cannot.
SELECT indexrelid::regclass::text FROM pg_index WHERE indexrelid = to_regclass($1) AND indisvalid
