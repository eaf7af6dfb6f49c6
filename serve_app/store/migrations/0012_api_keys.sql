CREATE TABLE api_keys (
    workspace       integer     NOT NULL,
    id              uuid        NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    name            text        NOT NULL,
    hint            text        NOT NULL,
    digest          bytea       NOT NULL UNIQUE CHECK (octet_length(digest) = 32),
    previous_digest bytea       UNIQUE CHECK (octet_length(previous_digest) = 32),
    previous_until  timestamptz CHECK ((previous_until IS NULL) = (previous_digest IS NULL)),
    scopes          text[]      NOT NULL CHECK (cardinality(scopes) > 0),
    expires_at      timestamptz,
    revoked_at      timestamptz,
    PRIMARY KEY (workspace, id)
);

COMMENT ON TABLE api_keys IS 'API keys by their digests: a key itself is shown once, and kept nowhere.';
COMMENT ON COLUMN api_keys.hint IS 'How the key begins, so that people can tell theirs.';
COMMENT ON COLUMN api_keys.digest IS 'SHA-256 of the key, which has 256 random bits: nothing slower is needed to keep it.';
COMMENT ON COLUMN api_keys.previous_digest IS 'Of the key before the last rotation, good until previous_until.';
COMMENT ON COLUMN api_keys.revoked_at IS 'Since then it is good for nothing; kept so that people see what it was.';

ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_workspace ON api_keys
    USING (workspace = (SELECT current_workspace())) WITH CHECK (workspace = (SELECT current_workspace()));
GRANT SELECT, INSERT, UPDATE, DELETE ON api_keys TO postlens_tenant;
