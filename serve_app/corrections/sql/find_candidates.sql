-- $5 finds them; of these, what $6 does not find too is looked through by $7.
SELECT id FROM posts
WHERE workspace = $1 AND id > $2 AND ($3::uuid IS NULL OR id <= $3) AND search @@ $5::text::tsquery
    AND ($6::text IS NULL OR search @@ $6::text::tsquery OR text ILIKE ANY($7::text[]))
    AND ($8::text IS NULL OR author = $8) AND state = 'analysed'
ORDER BY id
LIMIT $4
