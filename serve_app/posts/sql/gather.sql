-- The order is kept from the choice of the index: by it alone, a whole month may be read in vain.
WITH matching AS MATERIALIZED (SELECT {column}, id FROM posts WHERE {conditions} LIMIT {cap})
SELECT {column} AS value, id, count(*) OVER () AS total
FROM matching
ORDER BY {order}
LIMIT {limit}
