UPDATE workspaces SET retention_days = $2, cache_salt = $3 WHERE id = $1
