-- Chunks with posts that may be analysed after all: those without an answer.
WITH again AS (
    UPDATE job_chunks SET state = 'waiting', ended_at = NULL, due_at = now(), attempts = 0
    WHERE workspace = $1 AND job = $2 AND state = 'ended' AND input IS NOT NULL
    RETURNING number
)
SELECT count(*) FROM again
