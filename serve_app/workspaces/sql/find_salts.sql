SELECT name, cache_salt FROM workspaces WHERE cache_salt IS NOT NULL AND name IS NOT NULL
