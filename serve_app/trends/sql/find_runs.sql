SELECT kind, month, run, sum(rows) AS rows
FROM trend_blocks
WHERE workspace = $1 AND (kind, month) IN (SELECT * FROM unnest($2::text[], $3::integer[]))
GROUP BY kind, month, run
