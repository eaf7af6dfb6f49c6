-- Of a query that only leaves words out, and of one without words, nothing is indexable: '' or 'T'.
SELECT configuration, words::text AS words, querytree(words) AS indexable
FROM unnest($2::text[]) AS configuration,
    LATERAL websearch_to_tsquery(configuration::regconfig, $1::text) AS words
