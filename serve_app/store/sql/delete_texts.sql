DELETE FROM texts WHERE digest IN (
    SELECT digest FROM texts WHERE digest = ANY($1::bytea[]) ORDER BY digest FOR UPDATE
)
