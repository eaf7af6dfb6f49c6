-- One query of full-text search for many phrases, NULL for none; phrases that are nothing but stop
-- words of a configuration are left out of it.
SELECT string_agg(DISTINCT '(' || parsed::text || ')', ' | ')
FROM unnest($1::text[]) AS phrase, unnest($2::text[]) AS configuration,
    phraseto_tsquery(configuration::regconfig, phrase) AS parsed
WHERE numnode(parsed) > 0
