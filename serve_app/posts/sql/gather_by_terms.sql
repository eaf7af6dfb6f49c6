-- The bounds are kept from the choice of the index, as the order is: it is that of the terms.
WITH matching AS MATERIALIZED (SELECT {column}, id FROM posts WHERE {terms})
SELECT {column} AS value, id
FROM matching
WHERE {bounds}
ORDER BY {order}
LIMIT {limit}
