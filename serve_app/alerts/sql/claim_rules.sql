-- Rules that are due, or whose workspace is in $2 and that nobody has taken for $3 seconds; due again
-- $4 seconds from now, so that no other replica takes them.
UPDATE alert_rules AS rule
SET due_at = now() + make_interval(secs => $4)
FROM (
    SELECT workspace, id FROM alert_rules
    WHERE enabled AND (due_at <= now() OR (
        workspace = ANY ($2::integer[])
        AND due_at < now() + make_interval(secs => $4::double precision - $3::double precision)))
    ORDER BY due_at
    LIMIT $1
    FOR UPDATE SKIP LOCKED
) AS claimed
WHERE rule.workspace = claimed.workspace AND rule.id = claimed.id
RETURNING rule.workspace, rule.id
