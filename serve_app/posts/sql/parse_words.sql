-- Of a query that only leaves words out, and of one without words, nothing is indexable: '' or 'T'.
SELECT configuration, words::text AS words,
    CASE querytree(words) WHEN 'T' THEN '' ELSE querytree(words) END AS wanted
FROM unnest($2::text[]) AS configuration,
    LATERAL websearch_to_tsquery(configuration::regconfig, $1::text) AS words
