INSERT INTO rules (
    workspace, id, created_at, kind, phrases, value, match_case, instead_of, language, author, tag, state
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'applying')
