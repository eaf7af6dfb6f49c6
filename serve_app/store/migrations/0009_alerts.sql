CREATE TABLE webhooks (
    workspace       integer     NOT NULL,
    id              uuid        NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    url             text        NOT NULL,
    description     text,
    types           text[]      NOT NULL,
    secret          bytea       NOT NULL CHECK (octet_length(secret) = 32),
    previous_secret bytea       CHECK (octet_length(previous_secret) = 32),
    previous_until  timestamptz CHECK ((previous_until IS NULL) = (previous_secret IS NULL)),
    disabled        text,
    PRIMARY KEY (workspace, id)
);

COMMENT ON TABLE webhooks IS 'Receivers of messages, each with a secret of its own.';
COMMENT ON COLUMN webhooks.types IS 'Of the messages that it is sent.';
COMMENT ON COLUMN webhooks.secret IS 'Signs what is sent; as it is, since a signature needs it.';
COMMENT ON COLUMN webhooks.previous_secret IS 'The one before, which signs beside it until previous_until.';
COMMENT ON COLUMN webhooks.disabled IS 'Why nothing is sent to it; NULL while it is.';

CREATE TABLE webhook_deliveries (
    workspace       integer     NOT NULL,
    id              uuid        NOT NULL,
    webhook         uuid        NOT NULL,
    message         text        NOT NULL,
    type            text        NOT NULL,
    body            bytea       NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    state           text        NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'dead')),
    due_at          timestamptz NOT NULL DEFAULT now(),
    expires_at      timestamptz NOT NULL,
    attempts        integer     NOT NULL DEFAULT 0,
    failures        integer     NOT NULL DEFAULT 0,
    attempted_at    timestamptz,
    ended_at        timestamptz CHECK ((ended_at IS NULL) = (state = 'waiting')),
    status          smallint,
    reason          text,
    PRIMARY KEY (workspace, id),
    UNIQUE (workspace, webhook, message),
    FOREIGN KEY (workspace, webhook) REFERENCES webhooks ON DELETE CASCADE
);

COMMENT ON TABLE webhook_deliveries IS 'The outbox: a message to a receiver, written in the transaction that it tells of.';
COMMENT ON COLUMN webhook_deliveries.message IS 'The header webhook-id: the same in every attempt, and for every receiver.';
COMMENT ON COLUMN webhook_deliveries.due_at IS 'When it may be sent; later while somebody is at it.';
COMMENT ON COLUMN webhook_deliveries.expires_at IS 'When it is given up.';
COMMENT ON COLUMN webhook_deliveries.attempts IS 'All that were begun; whoever began an earlier one reports in vain.';
COMMENT ON COLUMN webhook_deliveries.failures IS 'In a row, since it was written or sent again by hand.';
COMMENT ON COLUMN webhook_deliveries.status IS 'HTTP status of the last answer.';
COMMENT ON COLUMN webhook_deliveries.reason IS 'Why the last attempt failed.';

CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (workspace, due_at) WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_ended ON webhook_deliveries (ended_at) WHERE state <> 'waiting';

CREATE TABLE alert_rules (
    workspace    integer     NOT NULL,
    id           uuid        NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    name         text        NOT NULL,
    enabled      boolean     NOT NULL,
    definition   jsonb       NOT NULL,
    webhooks     uuid[],
    state        jsonb       NOT NULL DEFAULT '{}',
    reading      jsonb,
    evaluated_at timestamptz,
    due_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace, id)
);

COMMENT ON TABLE alert_rules IS 'Rules that watch a trend.';
COMMENT ON COLUMN alert_rules.definition IS 'Measure, scope, direction, window, sensitivity and limits: serve_app/alerts/definition.py.';
COMMENT ON COLUMN alert_rules.webhooks IS 'Which are told; NULL is all.';
COMMENT ON COLUMN alert_rules.state IS 'What the detector keeps between evaluations: serve_app/alerts/stored_state.py.';
COMMENT ON COLUMN alert_rules.reading IS 'What the last evaluation has seen.';
COMMENT ON COLUMN alert_rules.due_at IS 'When it is evaluated next; later while somebody is at it.';
CREATE INDEX alert_rules_due ON alert_rules (due_at) WHERE enabled;

CREATE TABLE alert_events (
    workspace       integer          NOT NULL,
    id              uuid             NOT NULL,
    rule            uuid             NOT NULL,
    definition      jsonb            NOT NULL,
    direction       text             NOT NULL CHECK (direction IN ('above', 'below')),
    began_at        timestamptz      NOT NULL,
    raised_at       timestamptz      NOT NULL,
    ended_at        timestamptz,
    ending          text             CHECK ((ending IS NULL) = (ended_at IS NULL)),
    window_hours    integer          NOT NULL,
    posts           integer          NOT NULL,
    value           double precision NOT NULL,
    expected        double precision NOT NULL,
    score           double precision NOT NULL,
    threshold       double precision NOT NULL,
    acknowledged_at timestamptz,
    note            text,
    PRIMARY KEY (workspace, id),
    FOREIGN KEY (workspace, rule) REFERENCES alert_rules ON DELETE CASCADE
);

COMMENT ON TABLE alert_events IS 'Changes that rules have found, one row and one alarm each.';
COMMENT ON COLUMN alert_events.definition IS 'Of the rule when it found the event.';
COMMENT ON COLUMN alert_events.began_at IS 'Beginning of the window that told it.';
COMMENT ON COLUMN alert_events.ending IS 'returned, settled, or what was done to the rule.';
COMMENT ON COLUMN alert_events.value IS 'Of the measure in the window; of a count, posts an hour.';
COMMENT ON COLUMN alert_events.expected IS 'The same under the baseline.';
COMMENT ON COLUMN alert_events.score IS 'Log likelihood ratio; an alarm from threshold on.';
COMMENT ON COLUMN alert_events.note IS 'By whoever acknowledged it.';
-- One event of a rule at a time, whatever several replicas do.
CREATE UNIQUE INDEX alert_events_open ON alert_events (workspace, rule) WHERE ended_at IS NULL;
CREATE INDEX alert_events_by_rule ON alert_events (workspace, rule, id DESC);

ALTER TABLE webhooks ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_deliveries ENABLE ROW LEVEL SECURITY;
ALTER TABLE alert_rules ENABLE ROW LEVEL SECURITY;
ALTER TABLE alert_events ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_workspace ON webhooks
    USING (workspace = current_workspace()) WITH CHECK (workspace = current_workspace());
CREATE POLICY own_workspace ON webhook_deliveries
    USING (workspace = current_workspace()) WITH CHECK (workspace = current_workspace());
CREATE POLICY own_workspace ON alert_rules
    USING (workspace = current_workspace()) WITH CHECK (workspace = current_workspace());
CREATE POLICY own_workspace ON alert_events
    USING (workspace = current_workspace()) WITH CHECK (workspace = current_workspace());
GRANT SELECT, INSERT, UPDATE, DELETE ON webhooks, webhook_deliveries, alert_rules, alert_events TO postlens_tenant;
