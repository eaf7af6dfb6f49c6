SELECT kind, month, run, place, first_name, rows
FROM trend_blocks
WHERE workspace = $1
    AND (kind, month) IN (SELECT kind, month FROM trend_blocks WHERE workspace = $1 AND removes)
ORDER BY kind, month, first_name
