-- The oldest, at most $2 of them and about $3 bytes; at least one where there are any.
DELETE FROM trend_deltas
WHERE workspace = $1 AND id <= (
    SELECT max(id) FROM (
        SELECT id, sum(octet_length(body)) OVER (ORDER BY id) - octet_length(body) AS bytes_before
        FROM (SELECT id, body FROM trend_deltas WHERE workspace = $1 ORDER BY id LIMIT $2) AS oldest
    ) AS measured
    WHERE bytes_before < $3
)
RETURNING id, kind, body
