DELETE FROM trend_blocks
WHERE workspace = $1
    AND (kind, month, run) IN (SELECT * FROM unnest($2::text[], $3::integer[], $4::bigint[]))
RETURNING kind, month, run, body
