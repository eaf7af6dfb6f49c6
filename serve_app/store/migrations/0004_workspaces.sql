-- Row-level security binds every role but the owner of a table and superusers. So what is done for
-- a workspace is done in this role, which is neither.
DO $$
BEGIN
    CREATE ROLE postlens_tenant NOLOGIN NOBYPASSRLS;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL; -- roles belong to the server: another database's migration has made it
END
$$;

DO $$
BEGIN
    IF NOT pg_has_role(CURRENT_USER, 'postlens_tenant', 'SET') THEN
        GRANT postlens_tenant TO CURRENT_USER;
    END IF;
END
$$;

CREATE EXTENSION IF NOT EXISTS btree_gin;

CREATE TABLE workspaces (
    id             integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name           text        UNIQUE CHECK (name ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    created_at     timestamptz NOT NULL DEFAULT now(),
    deleted_at     timestamptz CHECK ((deleted_at IS NOT NULL) = (name IS NULL)),
    retention_days real        CHECK (retention_days > 0),
    cache_salt     bytea       CHECK (octet_length(cache_salt) = 32)
);

COMMENT ON TABLE workspaces IS 'The wall between the clients of one installation: whatever a client owns belongs to one.';
COMMENT ON COLUMN workspaces.name IS 'NULL once the workspace is deleted, until nothing can be written for it any more.';
COMMENT ON COLUMN workspaces.retention_days IS 'Days after its creation at which a post is deleted; NULL keeps all.';
COMMENT ON COLUMN workspaces.cache_salt IS 'Key under which texts of the workspace are addressed; NULL shares the cache of analyses.';

INSERT INTO workspaces (name) VALUES ('default');

-- The workspace of the transaction; NULL, which equals none, where it was not set.
CREATE FUNCTION current_workspace() RETURNS integer
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('postlens.workspace', true), '')::integer;
