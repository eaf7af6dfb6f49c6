INSERT INTO trend_deltas (workspace, kind, body)
SELECT $1, changed.kind, changed.body FROM unnest($2::text[], $3::bytea[]) AS changed(kind, body)
