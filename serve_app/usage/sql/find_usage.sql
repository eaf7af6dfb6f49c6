SELECT
    day,
    nullif(key, '00000000-0000-0000-0000-000000000000') AS key,
    sum(posts)::bigint AS posts,
    sum(characters)::bigint AS characters,
    sum(requests)::bigint AS requests
FROM usage_totals
WHERE workspace = $1 AND day >= $2 AND day <= $3 AND ($4::uuid IS NULL OR key = $4)
GROUP BY day, usage_totals.key
ORDER BY day, usage_totals.key
