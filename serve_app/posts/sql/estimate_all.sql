-- Of all workspaces, as the tables were analysed last.
SELECT coalesce(sum(reltuples), 0) FROM pg_class JOIN pg_inherits ON inhrelid = oid WHERE inhparent = 'posts'::regclass
