-- Chunks whose last attempt has ended without a report.
SELECT workspace, job, number, claim FROM job_chunks
WHERE state = 'waiting' AND due_at <= now() AND attempts >= $1
LIMIT $2
