CREATE TABLE trend_deltas (
    workspace integer NOT NULL,
    id        bigint  NOT NULL GENERATED ALWAYS AS IDENTITY,
    kind      text    NOT NULL,
    body      bytea   NOT NULL,
    PRIMARY KEY (workspace, id)
);

COMMENT ON TABLE trend_deltas IS 'What transactions changed in the trends of a workspace, until it is folded into blocks.';
COMMENT ON COLUMN trend_deltas.kind IS 'One of serve_app/trends/layouts.py.';
COMMENT ON COLUMN trend_deltas.body IS 'serve_app/trends/delta.py.';

CREATE TABLE trend_blocks (
    workspace  integer NOT NULL,
    kind       text    NOT NULL,
    month      integer NOT NULL,
    run        bigint  NOT NULL,
    place      integer NOT NULL,
    first_name text    NOT NULL COLLATE "C",
    last_name  text    NOT NULL COLLATE "C",
    rows       integer NOT NULL CHECK (rows > 0),
    removes    boolean NOT NULL,
    body       bytea   NOT NULL,
    PRIMARY KEY (workspace, kind, month, run, place)
);

COMMENT ON TABLE trend_blocks IS 'Sorted rows of the trends of a workspace; a trend is their sum over all runs, and the deltas.';
COMMENT ON COLUMN trend_blocks.month IS 'In which the posts were published, UTC: months since 1970.';
COMMENT ON COLUMN trend_blocks.run IS 'Blocks that were written together: the number of the last delta in them.';
COMMENT ON COLUMN trend_blocks.place IS 'Of the block in its run, by name.';
COMMENT ON COLUMN trend_blocks.removes IS 'Whether it takes posts away, whose names are in other runs still.';
COMMENT ON COLUMN trend_blocks.body IS 'serve_app/trends/block.py.';

CREATE INDEX trend_blocks_removing ON trend_blocks (workspace) WHERE removes;

-- The bodies are compressed already.
ALTER TABLE trend_deltas ALTER COLUMN body SET STORAGE EXTERNAL;
ALTER TABLE trend_blocks ALTER COLUMN body SET STORAGE EXTERNAL;
-- Deltas come and go with every write.
ALTER TABLE trend_deltas SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

ALTER TABLE trend_deltas ENABLE ROW LEVEL SECURITY;
ALTER TABLE trend_blocks ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_workspace ON trend_deltas
    USING (workspace = current_workspace()) WITH CHECK (workspace = current_workspace());
CREATE POLICY own_workspace ON trend_blocks
    USING (workspace = current_workspace()) WITH CHECK (workspace = current_workspace());
GRANT SELECT, INSERT, UPDATE, DELETE ON trend_deltas, trend_blocks TO postlens_tenant;
