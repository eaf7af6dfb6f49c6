DELETE FROM workspaces WHERE id = $1 AND name IS NULL
