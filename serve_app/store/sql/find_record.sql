-- A text's preamble and the latest section of each analysis; one row with NULLs where it has none.
SELECT texts.head::text AS preamble, latest.analysis, latest.status, latest.version, latest.body::text AS body,
    latest.vector
FROM texts
LEFT JOIN LATERAL (
    SELECT DISTINCT ON (analysis) analysis, status, version, body, vector
    FROM sections
    WHERE sections.digest = texts.digest
    ORDER BY analysis, created_at DESC, version
) AS latest ON true
WHERE texts.digest = $1
