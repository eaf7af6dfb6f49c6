-- The order is kept from the choice of the index: by it alone, a whole month may be read in vain.
WITH matching AS MATERIALIZED (SELECT {column}, id FROM posts WHERE {conditions})
SELECT {column} AS value, id
FROM matching
ORDER BY {order}
LIMIT {limit}
