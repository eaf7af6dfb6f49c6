-- 1: the rank is divided by 1 + the logarithm of the length of the text.
-- The ids are looked up as in find_posts.sql.
SELECT posts.id, ts_rank_cd(search, $3::text::tsquery, 1) AS rank
FROM unnest($2::uuid[]) AS wanted (id) JOIN posts ON workspace = $1 AND posts.id = wanted.id
