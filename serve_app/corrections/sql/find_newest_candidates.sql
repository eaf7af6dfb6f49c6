-- $4 finds them; of these, what $5 does not find too is looked through by $6.
SELECT id FROM posts
WHERE workspace = $1 AND ($2::uuid IS NULL OR id >= $2) AND search @@ $4::text::tsquery
    AND ($5::text IS NULL OR search @@ $5::text::tsquery OR text ILIKE ANY($6::text[]))
    AND ($7::text IS NULL OR author = $7) AND state = 'analysed'
ORDER BY id DESC
LIMIT $3
