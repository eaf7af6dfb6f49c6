UPDATE jobs SET state = 'running', ended_at = NULL, chunks_ended = chunks_ended - $3 WHERE workspace = $1 AND id = $2
