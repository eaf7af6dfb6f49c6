SELECT count(*) FROM jobs WHERE workspace = $1 AND state IN ('receiving', 'waiting', 'running')
