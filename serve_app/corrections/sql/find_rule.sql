SELECT id, created_at, kind, phrases, value, match_case, instead_of, language, author, tag,
    state, candidates, looked_at, changed
FROM rules
WHERE workspace = $1 AND id = $2
