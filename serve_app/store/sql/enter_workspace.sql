-- Until the end of the transaction; no row where the workspace is gone.
SELECT set_config('role', 'postlens_tenant', true), set_config('postlens.workspace', id::text, true)
FROM workspaces WHERE id = $1 AND name IS NOT NULL
