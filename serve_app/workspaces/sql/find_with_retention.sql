SELECT id, name, created_at, retention_days, cache_salt FROM workspaces
WHERE retention_days IS NOT NULL AND name IS NOT NULL
