-- One statement, so that each change is seen either as a delta or in a block.
SELECT kind, month, run, body
FROM trend_blocks
WHERE workspace = $1 AND kind = ANY($2::text[]) AND month BETWEEN $5 AND $6
    AND EXISTS (
        SELECT FROM unnest($2::text[], $3::text[], $4::text[]) AS wanted(kind, first_name, last_name)
        WHERE wanted.kind = trend_blocks.kind
            AND trend_blocks.first_name < wanted.last_name
            AND trend_blocks.last_name >= wanted.first_name
    )
UNION ALL
SELECT kind, NULL, NULL, body FROM trend_deltas WHERE workspace = $1 AND kind = ANY($2::text[])
