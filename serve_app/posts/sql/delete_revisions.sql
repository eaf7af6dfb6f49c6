DELETE FROM revisions WHERE workspace = $1 AND post_id = ANY($2::uuid[]) RETURNING digest
