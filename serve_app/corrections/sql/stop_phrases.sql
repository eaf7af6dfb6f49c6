-- Phrases that are nothing but stop words of a configuration, which no index has.
SELECT configuration, array_agg(phrase) AS phrases
FROM unnest($1::text[]) AS phrase, unnest($2::text[]) AS configuration
WHERE numnode(phraseto_tsquery(configuration::regconfig, phrase)) = 0
GROUP BY configuration
