WITH job AS (
    UPDATE jobs
    SET state = 'running', started_at = coalesce(started_at, clock_timestamp()), claimed_at = clock_timestamp()
    WHERE workspace = $1 AND id = $2
)
INSERT INTO job_turns (workspace, claimed_at) VALUES ($1, clock_timestamp())
ON CONFLICT (workspace) DO UPDATE SET claimed_at = excluded.claimed_at
