UPDATE rules SET candidates = $3 WHERE workspace = $1 AND id = $2
