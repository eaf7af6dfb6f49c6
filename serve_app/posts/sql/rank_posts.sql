-- 1: the rank is divided by 1 + the logarithm of the length of the text.
SELECT id, ts_rank_cd(search, $3::text::tsquery, 1) AS rank
FROM posts
WHERE workspace = $1 AND id = ANY($2::uuid[])
