SELECT relname AS name, indisvalid AS valid
FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
WHERE indrelid = to_regclass('post_vectors') AND relname ~ '^post_vectors_near_'
