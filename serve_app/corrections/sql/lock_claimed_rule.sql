-- No row where another has taken the work over, or it has become another.
SELECT id, kind, phrases, value, match_case, instead_of, language, author, tag, state, cursor, looked_at
FROM rules
WHERE workspace = $1 AND id = $2 AND worker = $3 AND state IN ('applying', 'withdrawing')
FOR UPDATE
