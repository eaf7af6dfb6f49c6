-- A page of the texts not seen since $1, with their sections. A text that is being written is passed
-- over: it is in use, and nobody waits for this.
DELETE FROM texts
WHERE digest IN (
    SELECT digest FROM texts WHERE last_seen_at < $1 ORDER BY last_seen_at LIMIT $2 FOR UPDATE SKIP LOCKED
)
RETURNING digest
