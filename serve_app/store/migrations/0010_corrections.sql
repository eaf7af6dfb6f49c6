CREATE TABLE rules (
    workspace   integer     NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    id          uuid        NOT NULL,
    created_at  timestamptz NOT NULL,
    kind        text        NOT NULL CHECK (kind IN ('sentiment', 'entity', 'keyword')),
    phrases     text[]      NOT NULL CHECK (cardinality(phrases) > 0),
    value       text,
    match_case  boolean     NOT NULL,
    instead_of  text,
    language    text,
    author      text,
    tag         text,
    state       text        NOT NULL CHECK (state IN ('applying', 'in_force', 'withdrawing', 'withdrawn')),
    state_since timestamptz NOT NULL DEFAULT now(),
    cursor      uuid,
    candidates  integer,
    looked_at   integer     NOT NULL DEFAULT 0,
    changed     integer     NOT NULL DEFAULT 0,
    worker      uuid,
    worker_due  timestamptz,
    PRIMARY KEY (workspace, id)
);

COMMENT ON TABLE rules IS 'What holds for all posts of a workspace, or of a part of it, that have one of some phrases.';
COMMENT ON COLUMN rules.value IS 'A polarity, a label, or whether it is a keyword; NULL is no entity.';
COMMENT ON COLUMN rules.cursor IS 'The last kept post that follows the state, while it is applying or withdrawing.';
COMMENT ON COLUMN rules.candidates IS 'Kept posts that the rule may change, once they are counted.';
COMMENT ON COLUMN rules.changed IS 'Kept posts that changed as the rule was applied, or withdrawn.';
COMMENT ON COLUMN rules.worker IS 'Who is changing kept posts; after worker_due anybody may go on.';
CREATE INDEX rules_at_work ON rules (state_since) WHERE state IN ('applying', 'withdrawing');

CREATE TABLE rule_versions (
    workspace integer PRIMARY KEY REFERENCES workspaces ON DELETE CASCADE,
    version   bigint  NOT NULL
);

COMMENT ON TABLE rule_versions IS 'Counts the changes of a workspace''s rules, so that a replica knows whether it has them.';

-- What is written by the rules of a version is committed before there is another version: writers
-- hold the lock of their workspace together, who changes rules holds it alone. A function, since a
-- single query would read the version as it was before it waited.
CREATE FUNCTION rule_version(of_workspace integer) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(x'72756c65'::integer, of_workspace);
    RETURN coalesce((SELECT version FROM rule_versions WHERE workspace = of_workspace), 0);
END
$$;

CREATE FUNCTION next_rule_version(of_workspace integer) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    fresh bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(x'72756c65'::integer, of_workspace);
    INSERT INTO rule_versions AS versions (workspace, version) VALUES (of_workspace, 1)
    ON CONFLICT (workspace) DO UPDATE SET version = versions.version + 1
    RETURNING version INTO fresh;
    RETURN fresh;
END
$$;

CREATE TABLE corrections (
    workspace    integer     NOT NULL,
    id           uuid        NOT NULL,
    post_id      uuid        NOT NULL,
    revision     integer     NOT NULL,
    target       text        NOT NULL,
    kind         text        NOT NULL CHECK (kind IN ('sentiment', 'sentence', 'mixed', 'tone', 'entity', 'keyword')),
    value        text,
    start_offset integer,
    end_offset   integer,
    phrase       text,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (workspace, id),
    UNIQUE (workspace, post_id, revision, target),
    FOREIGN KEY (workspace, post_id) REFERENCES posts ON DELETE CASCADE
);

COMMENT ON TABLE corrections IS 'What people say of single answers; deleted with the post.';
COMMENT ON COLUMN corrections.revision IS 'Of the post''s text; of others it says nothing.';
COMMENT ON COLUMN corrections.target IS 'What it is of, in one string: there is one correction of each.';

ALTER TABLE rules ENABLE ROW LEVEL SECURITY;
ALTER TABLE rule_versions ENABLE ROW LEVEL SECURITY;
ALTER TABLE corrections ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_workspace ON rules
    USING (workspace = current_workspace()) WITH CHECK (workspace = current_workspace());
CREATE POLICY own_workspace ON rule_versions
    USING (workspace = current_workspace()) WITH CHECK (workspace = current_workspace());
CREATE POLICY own_workspace ON corrections
    USING (workspace = current_workspace()) WITH CHECK (workspace = current_workspace());
GRANT SELECT, INSERT, UPDATE, DELETE ON rules, rule_versions, corrections TO postlens_tenant;
