-- Many filters are asked of one row after the other, so what they ask of lies in the row itself.
ALTER TABLE posts ALTER COLUMN search SET STORAGE MAIN;
-- Compressed before it comes here.
ALTER TABLE posts ALTER COLUMN analysis SET STORAGE EXTERNAL;

CREATE INDEX posts_unanalysed ON posts (workspace, state, published_at DESC, id DESC) WHERE state <> 'analysed';

-- On what only pending posts have, so that no list of a workspace's pending posts reads those of all others.
DROP INDEX posts_pending;
CREATE INDEX posts_due ON posts (due_at) WHERE due_at IS NOT NULL;
