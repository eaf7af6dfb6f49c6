-- Full tenths of an emotion, of which 1.0 counts as nine: as the terms have them.
WITH matching AS MATERIALIZED (
    SELECT {tenth} AS tenth, published_at, id FROM posts WHERE {conditions} LIMIT {cap}
)
SELECT tenth, published_at, id, count(*) OVER () AS total
FROM matching
ORDER BY tenth DESC, published_at DESC, id DESC
LIMIT {limit}
