-- Newest first: one ($2), or a page behind another ($3), with the posts of the last minute.
SELECT job.*, CASE WHEN job.state = 'running' THEN recent.posts END AS recent_posts, now() AS read_at
FROM jobs AS job
LEFT JOIN LATERAL (
    SELECT sum(chunk.posts) AS posts FROM job_chunks AS chunk
    WHERE job.state = 'running' AND chunk.workspace = job.workspace AND chunk.job = job.id
        AND chunk.state = 'ended' AND chunk.ended_at > now() - interval '1 minute'
) AS recent ON true
WHERE job.workspace = $1 AND job.state <> 'receiving'
    AND ($2::uuid IS NULL OR job.id = $2) AND ($3::uuid IS NULL OR job.id < $3)
    AND ($4::text[] IS NULL OR job.state = ANY ($4)) AND ($5::text[] IS NULL OR job.kind = ANY ($5))
ORDER BY job.id DESC
LIMIT $6
