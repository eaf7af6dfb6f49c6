SELECT count(*) FROM corrections WHERE workspace = $1 AND post_id = $2 AND revision = $3
