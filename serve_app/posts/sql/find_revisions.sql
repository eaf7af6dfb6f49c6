-- Newest first. The latest text is in posts; one query, so that an edit meanwhile doubles none and loses none.
SELECT revision, revised_at, state, failure, text, analysis, author, tags, language
FROM posts
WHERE workspace = $1 AND id = $2 AND ($3::integer[] IS NULL OR revision = ANY($3))
UNION ALL
SELECT revisions.revision, revisions.revised_at, revisions.state, revisions.failure, revisions.text,
    revisions.analysis, posts.author, posts.tags, posts.language
FROM revisions JOIN posts ON posts.workspace = revisions.workspace AND posts.id = revisions.post_id
WHERE revisions.workspace = $1 AND revisions.post_id = $2
    AND ($3::integer[] IS NULL OR revisions.revision = ANY($3))
ORDER BY revision DESC
LIMIT $4
