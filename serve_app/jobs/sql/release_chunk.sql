-- Given back unfinished, to be taken up in $5 seconds; $6: attempts that this one counts for.
UPDATE job_chunks
SET claim = claim + 1, attempts = attempts - 1 + $6::smallint, due_at = clock_timestamp() + make_interval(secs => $5)
WHERE workspace = $1 AND job = $2 AND number = $3 AND claim = $4 AND state = 'waiting'
