SELECT id, deleted_at < now() - make_interval(secs => $1) AS over FROM workspaces WHERE name IS NULL
