-- A subquery with a limit is carried out as it stands: no more than its window is read.
SELECT {column} AS value, id
FROM (SELECT * FROM posts WHERE {range} ORDER BY {order} LIMIT {window}) AS walked
WHERE {conditions}
ORDER BY {order}
LIMIT {limit}
