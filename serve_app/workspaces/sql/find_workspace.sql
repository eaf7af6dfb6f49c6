SELECT id, name, created_at, retention_days, cache_salt FROM workspaces WHERE name = $1
