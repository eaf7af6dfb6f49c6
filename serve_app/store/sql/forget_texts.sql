INSERT INTO forgotten_texts (digest) SELECT DISTINCT digest FROM unnest($1::bytea[]) AS fresh (digest) ORDER BY digest
ON CONFLICT (digest) DO UPDATE SET forgotten_at = now()
