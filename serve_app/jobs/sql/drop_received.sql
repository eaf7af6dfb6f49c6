DELETE FROM jobs WHERE workspace = $1 AND id = $2 AND state = 'receiving'
