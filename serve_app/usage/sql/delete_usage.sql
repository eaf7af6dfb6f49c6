-- Oldest first. The present month stays in any case: its limits are counted from it.
WITH expired AS (
    SELECT ctid FROM usage_totals
    WHERE day < least($1::date, date_trunc('month', now() AT TIME ZONE 'UTC')::date)
    ORDER BY day
    LIMIT $2
    FOR UPDATE SKIP LOCKED
), deleted AS (
    DELETE FROM usage_totals WHERE ctid = ANY (ARRAY(SELECT ctid FROM expired)) RETURNING true
)
SELECT count(*) FROM deleted
