DELETE FROM corrections WHERE workspace = $1 AND id = $2
