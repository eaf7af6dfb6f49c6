-- Earlier texts of posts that people corrected the answers to.
SELECT revisions.post_id, revisions.revision, revisions.text, revisions.analysis
FROM revisions
WHERE revisions.workspace = $1 AND (revisions.post_id, revisions.revision) > ($2::uuid, $3::integer)
    AND revisions.analysis IS NOT NULL
    AND EXISTS (
        SELECT FROM corrections
        WHERE corrections.workspace = $1 AND corrections.post_id = revisions.post_id
            AND corrections.revision = revisions.revision
    )
ORDER BY revisions.post_id, revisions.revision
LIMIT $4
