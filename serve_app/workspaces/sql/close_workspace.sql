UPDATE workspaces SET name = NULL, deleted_at = now() WHERE id = $1
