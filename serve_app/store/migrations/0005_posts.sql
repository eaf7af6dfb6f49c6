CREATE TABLE posts (
    workspace    integer     NOT NULL,
    id           uuid        NOT NULL,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    published_at timestamptz NOT NULL,
    version      integer     NOT NULL DEFAULT 1,
    revision     integer     NOT NULL DEFAULT 1,
    revised_at   timestamptz NOT NULL,
    state        text        NOT NULL CHECK (state IN ('pending', 'analysed', 'failed')),
    failure      text        CHECK ((failure IS NOT NULL) = (state = 'failed')),
    attempts     smallint    NOT NULL DEFAULT 0,
    due_at       timestamptz,
    external_id  text,
    author       text,
    url          text,
    language     text,
    tags         text[]      NOT NULL DEFAULT '{}',
    metadata     jsonb,
    text         text        NOT NULL,
    digest       bytea       NOT NULL CHECK (octet_length(digest) = 32),
    analysis     bytea       CHECK ((analysis IS NOT NULL) = (state = 'analysed')),
    sentiment    real,
    formality    real,
    politeness   real,
    subjectivity real,
    ease         real,
    words        integer,
    emotions     smallint[],
    search       tsvector    NOT NULL,
    PRIMARY KEY (workspace, id)
) PARTITION BY RANGE (id);

COMMENT ON TABLE posts IS 'What users entrust to the service, a row each with its analysis; partitioned by the month in which the id was made.';
COMMENT ON COLUMN posts.id IS 'UUIDv7 (RFC 9562): its first 48 bits are the milliseconds at which the post was accepted.';
COMMENT ON COLUMN posts.version IS 'Counts every change of the row, the ETag of a post.';
COMMENT ON COLUMN posts.revision IS 'Counts the changes of the text; the earlier ones are in revisions.';
COMMENT ON COLUMN posts.due_at IS 'When a pending post may be taken to be analysed; later while somebody is at it.';
COMMENT ON COLUMN posts.language IS 'As the caller told it.';
COMMENT ON COLUMN posts.digest IS 'SHA-256 of the text, or its address in the workspace''s own cache.';
COMMENT ON COLUMN posts.analysis IS 'The answer of /v1/analyze without id and cache, JSON compressed by zstd with the dictionary that it names.';
COMMENT ON COLUMN posts.sentiment IS 'Probability of positive less that of negative, -1 to 1.';
COMMENT ON COLUMN posts.emotions IS 'Thousandths, in the order of EMOTIONS.';
COMMENT ON COLUMN posts.search IS 'Words of the text in its language, and terms: serve_app/posts/terms.py.';

CREATE INDEX posts_by_time ON posts (workspace, published_at DESC, id DESC);
CREATE INDEX posts_by_author ON posts (workspace, author, published_at DESC, id DESC) WHERE author IS NOT NULL;
CREATE INDEX posts_by_sentiment ON posts (workspace, sentiment, id) WHERE sentiment IS NOT NULL;
CREATE INDEX posts_by_ease ON posts (workspace, ease, id) WHERE ease IS NOT NULL;
CREATE INDEX posts_by_formality ON posts (workspace, formality, id) WHERE formality IS NOT NULL;
CREATE INDEX posts_by_politeness ON posts (workspace, politeness, id) WHERE politeness IS NOT NULL;
CREATE INDEX posts_by_subjectivity ON posts (workspace, subjectivity, id) WHERE subjectivity IS NOT NULL;
CREATE INDEX posts_by_words ON posts (workspace, words, id) WHERE words IS NOT NULL;
CREATE INDEX posts_search ON posts USING gin (workspace, search);
CREATE INDEX posts_pending ON posts (due_at) WHERE state = 'pending';

CREATE TABLE revisions (
    workspace   integer     NOT NULL,
    post_id     uuid        NOT NULL,
    revision    integer     NOT NULL,
    revised_at  timestamptz NOT NULL,
    state       text        NOT NULL,
    failure     text,
    text        text        NOT NULL,
    digest      bytea       NOT NULL,
    analysis    bytea,
    PRIMARY KEY (workspace, post_id, revision)
) PARTITION BY RANGE (post_id);

COMMENT ON TABLE revisions IS 'Earlier texts of posts with their analyses; the latest is in posts.';
COMMENT ON COLUMN revisions.revised_at IS 'When the text became the post''s.';

CREATE TABLE external_ids (
    workspace   integer NOT NULL,
    external_id text    NOT NULL,
    post_id     uuid    NOT NULL,
    PRIMARY KEY (workspace, external_id)
);

COMMENT ON TABLE external_ids IS 'The callers'' own names of posts, unique in a workspace; a partitioned table cannot say so itself.';

CREATE TABLE idempotent_requests (
    workspace  integer     NOT NULL,
    key        text        NOT NULL,
    request    bytea       NOT NULL CHECK (octet_length(request) = 32),
    post_ids   uuid[]      NOT NULL,
    created    boolean[]   NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace, key)
);

COMMENT ON TABLE idempotent_requests IS 'Requests with an Idempotency-Key, for a day: which posts they wrote.';
COMMENT ON COLUMN idempotent_requests.request IS 'SHA-256 of the body.';
CREATE INDEX idempotent_requests_by_age ON idempotent_requests (created_at);

ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
ALTER TABLE revisions ENABLE ROW LEVEL SECURITY;
ALTER TABLE external_ids ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotent_requests ENABLE ROW LEVEL SECURITY;
-- As a subquery the workspace of the transaction is looked up once a query. As a function, the planner
-- evaluates it for every index of every month, which took half of its time.
CREATE POLICY own_workspace ON posts
    USING (workspace = (SELECT current_workspace())) WITH CHECK (workspace = (SELECT current_workspace()));
CREATE POLICY own_workspace ON revisions
    USING (workspace = (SELECT current_workspace())) WITH CHECK (workspace = (SELECT current_workspace()));
CREATE POLICY own_workspace ON external_ids
    USING (workspace = current_workspace()) WITH CHECK (workspace = current_workspace());
CREATE POLICY own_workspace ON idempotent_requests
    USING (workspace = current_workspace()) WITH CHECK (workspace = current_workspace());
GRANT SELECT, INSERT, UPDATE, DELETE ON posts, revisions, external_ids, idempotent_requests TO postlens_tenant;
