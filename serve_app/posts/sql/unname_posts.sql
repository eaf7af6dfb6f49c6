DELETE FROM external_ids WHERE workspace = $1 AND external_id = ANY($2::text[])
