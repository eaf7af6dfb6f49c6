-- Blocks with names from $4 to before $5, without those that a run has got since its place $7.
SELECT body
FROM trend_blocks
WHERE workspace = $1 AND kind = $2 AND month = $3 AND first_name < $5 AND last_name >= $4
    AND NOT (run = $6 AND place >= $7)
