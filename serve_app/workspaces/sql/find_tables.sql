-- Tables of the service with a column "workspace", their partitions left out.
SELECT quote_ident(relname) AS name
FROM pg_class
JOIN pg_attribute ON attrelid = pg_class.oid AND attname = 'workspace' AND NOT attisdropped
WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'workspaces'::regclass)
