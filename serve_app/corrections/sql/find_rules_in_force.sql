SELECT id, kind, phrases, value, match_case, instead_of, language, author, tag
FROM rules
WHERE workspace = $1 AND state IN ('applying', 'in_force')
