CREATE TABLE jobs (
    workspace       integer     NOT NULL,
    id              uuid        NOT NULL,
    kind            text        NOT NULL CHECK (kind IN ('posts', 'file', 'filter', 'replay')),
    state           text        NOT NULL DEFAULT 'receiving' CHECK (state IN ('receiving', 'waiting', 'running', 'completed', 'cancelled')),
    priority        smallint    NOT NULL,
    analyses        text[]      NOT NULL,
    offsets         text        NOT NULL,
    top_n           smallint    NOT NULL,
    filter          jsonb       CHECK ((filter IS NOT NULL) = (kind IN ('filter', 'replay'))),
    webhooks        uuid[],
    idempotency_key text,
    request         bytea       CHECK ((request IS NULL) = (idempotency_key IS NULL)),
    created_at      timestamptz NOT NULL DEFAULT now(),
    received_until  timestamptz NOT NULL DEFAULT now() + interval '2 minutes',
    planned         boolean     NOT NULL DEFAULT false,
    planned_to      uuid,
    started_at      timestamptz,
    claimed_at      timestamptz,
    ended_at        timestamptz CHECK ((ended_at IS NULL) = (state NOT IN ('completed', 'cancelled'))),
    posts           integer     NOT NULL DEFAULT 0,
    succeeded       integer     NOT NULL DEFAULT 0,
    failed          integer     NOT NULL DEFAULT 0,
    chunks          integer     NOT NULL DEFAULT 0,
    chunks_ended    integer     NOT NULL DEFAULT 0,
    flips           jsonb,
    PRIMARY KEY (workspace, id),
    UNIQUE (workspace, idempotency_key)
);

COMMENT ON TABLE jobs IS 'Many posts to be analysed beside the requests, in chunks.';
COMMENT ON COLUMN jobs.state IS 'receiving: its posts are still being sent, and nobody sees it.';
COMMENT ON COLUMN jobs.filter IS 'Which kept posts, as a caller wrote it: FilterParameters.';
COMMENT ON COLUMN jobs.webhooks IS 'Which are told of its end; NULL is all that take the type job.ended.';
COMMENT ON COLUMN jobs.request IS 'SHA-256 of what the idempotency key came with.';
COMMENT ON COLUMN jobs.received_until IS 'Whoever receives it is gone if it has not been received by then.';
COMMENT ON COLUMN jobs.planned IS 'Whether all its chunks are there.';
COMMENT ON COLUMN jobs.planned_to IS 'The last kept post that is in a chunk, while they are being found.';
COMMENT ON COLUMN jobs.claimed_at IS 'When a chunk of it was taken up last.';
COMMENT ON COLUMN jobs.succeeded IS 'Posts; kept up by the transaction that ends a chunk.';
COMMENT ON COLUMN jobs.flips IS 'Of a replay: analyses that came out otherwise, with examples: serve_app/jobs/flips.py.';
CREATE INDEX jobs_active ON jobs (workspace) WHERE state IN ('receiving', 'waiting', 'running');
CREATE INDEX jobs_ended ON jobs (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE job_chunks (
    workspace   integer     NOT NULL,
    job         uuid        NOT NULL,
    number      integer     NOT NULL,
    first_index integer     NOT NULL,
    posts       smallint    NOT NULL CHECK (posts > 0),
    state       text        NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'ended', 'cancelled')),
    due_at      timestamptz NOT NULL DEFAULT now(),
    claim       integer     NOT NULL DEFAULT 0,
    attempts    smallint    NOT NULL DEFAULT 0,
    ended_at    timestamptz CHECK ((ended_at IS NULL) = (state = 'waiting')),
    input       bytea,
    results     bytea,
    failed      smallint    NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace, job, number),
    FOREIGN KEY (workspace, job) REFERENCES jobs ON DELETE CASCADE
);

COMMENT ON TABLE job_chunks IS 'The queue: posts that are analysed together, with what came of them.';
COMMENT ON COLUMN job_chunks.number IS 'Chunks of a job are in the order of its posts.';
COMMENT ON COLUMN job_chunks.due_at IS 'When it may be claimed; later while somebody is at it.';
COMMENT ON COLUMN job_chunks.claim IS 'Counts the claims; whoever had an earlier one reports in vain.';
COMMENT ON COLUMN job_chunks.attempts IS 'Since it was made or retried.';
COMMENT ON COLUMN job_chunks.input IS 'Posts that have no answer: serve_app/jobs/items.py; NULL where there are none.';
COMMENT ON COLUMN job_chunks.results IS 'Lines of the others, in order; compressed.';
COMMENT ON COLUMN job_chunks.failed IS 'Of the lines, those that are errors.';
-- What is in them is compressed already.
ALTER TABLE job_chunks ALTER COLUMN input SET STORAGE EXTERNAL, ALTER COLUMN results SET STORAGE EXTERNAL;
CREATE INDEX job_chunks_waiting ON job_chunks (workspace, job, number) WHERE state = 'waiting';

CREATE TABLE job_turns (
    workspace  integer     PRIMARY KEY,
    claimed_at timestamptz NOT NULL
);

COMMENT ON TABLE job_turns IS 'When a chunk of a workspace was taken up last: whose turn is the longest ago is next.';

ALTER TABLE jobs ENABLE ROW LEVEL SECURITY;
ALTER TABLE job_chunks ENABLE ROW LEVEL SECURITY;
ALTER TABLE job_turns ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_workspace ON jobs
    USING (workspace = current_workspace()) WITH CHECK (workspace = current_workspace());
CREATE POLICY own_workspace ON job_chunks
    USING (workspace = current_workspace()) WITH CHECK (workspace = current_workspace());
CREATE POLICY own_workspace ON job_turns
    USING (workspace = current_workspace()) WITH CHECK (workspace = current_workspace());
GRANT SELECT, INSERT, UPDATE, DELETE ON jobs, job_chunks TO postlens_tenant;
