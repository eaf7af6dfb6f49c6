-- Each space of each workspace, and how many vectors it has, up to $1. From one space to the next by
-- the index: the table is never read through.
WITH RECURSIVE each (workspace, space) AS (
    (SELECT workspace, space FROM post_vectors ORDER BY workspace, space LIMIT 1)
    UNION ALL
    SELECT next.workspace, next.space
    FROM each CROSS JOIN LATERAL (
        SELECT workspace, space FROM post_vectors
        WHERE (workspace, space) > (each.workspace, each.space)
        ORDER BY workspace, space LIMIT 1
    ) AS next
)
SELECT workspace, space, (
    SELECT count(*) FROM (
        SELECT FROM post_vectors AS own
        WHERE own.workspace = each.workspace AND own.space = each.space LIMIT $1
    ) AS counted
) AS vectors
FROM each
