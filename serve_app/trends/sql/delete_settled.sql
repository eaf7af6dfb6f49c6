-- All of a part but what a run has got since its place $5.
DELETE FROM trend_blocks
WHERE workspace = $1 AND kind = $2 AND month = $3 AND NOT (run = $4 AND place >= $5)
