INSERT INTO trend_blocks
    (workspace, kind, month, run, place, first_name, last_name, rows, removes, body)
SELECT $1, block.*
FROM unnest(
    $2::text[], $3::integer[], $4::bigint[], $5::integer[], $6::text[], $7::text[],
    $8::integer[], $9::boolean[], $10::bytea[]
) AS block
