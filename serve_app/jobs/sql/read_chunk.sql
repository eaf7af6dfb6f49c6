-- As it was claimed; no row where it is somebody else's, or nobody's any more.
SELECT job.kind, job.analyses, job.offsets, job.top_n, chunk.input, chunk.results
FROM job_chunks AS chunk JOIN jobs AS job ON job.workspace = chunk.workspace AND job.id = chunk.job
WHERE chunk.workspace = $1 AND chunk.job = $2 AND chunk.number = $3 AND chunk.claim = $4
    AND chunk.state = 'waiting' AND job.state IN ('waiting', 'running')
