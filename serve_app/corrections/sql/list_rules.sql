SELECT id, created_at, kind, phrases, value, match_case, instead_of, language, author, tag,
    state, candidates, looked_at, changed
FROM rules
WHERE workspace = $1 AND ($2::text IS NULL OR state = $2) AND ($3::uuid IS NULL OR id < $3)
ORDER BY id DESC
LIMIT $4
