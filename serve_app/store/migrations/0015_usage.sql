ALTER TABLE api_keys
    ADD COLUMN posts_per_minute     integer CHECK (posts_per_minute > 0),
    ADD COLUMN posts_per_month      bigint  CHECK (posts_per_month > 0),
    ADD COLUMN characters_per_month bigint  CHECK (characters_per_month > 0);
COMMENT ON COLUMN api_keys.posts_per_minute IS 'NULL is without a limit, as of the other two; months are those of the calendar in UTC.';

CREATE TABLE usage_totals (
    workspace  integer NOT NULL,
    key        uuid    NOT NULL,
    day        date    NOT NULL,
    epoch      uuid    NOT NULL,
    posts      bigint  NOT NULL,
    characters bigint  NOT NULL,
    requests   bigint  NOT NULL,
    PRIMARY KEY (workspace, key, day, epoch)
);

COMMENT ON TABLE usage_totals IS 'What was asked for, by key and day in UTC; the sum of all epochs counts.';
COMMENT ON COLUMN usage_totals.key IS 'All zeros where no key was needed, or it is one of the environment.';
COMMENT ON COLUMN usage_totals.epoch IS 'Who counted: one life of Redis or of a replica. Its totals only grow, so that the larger of two is the later.';

ALTER TABLE usage_totals ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_workspace ON usage_totals
    USING (workspace = (SELECT current_workspace())) WITH CHECK (workspace = (SELECT current_workspace()));
GRANT SELECT, INSERT, UPDATE, DELETE ON usage_totals TO postlens_tenant;
