UPDATE jobs SET state = 'cancelled', ended_at = clock_timestamp(), planned = true, reason = $3
WHERE workspace = $1 AND id = $2
