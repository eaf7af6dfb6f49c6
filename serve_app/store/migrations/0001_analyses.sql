CREATE TABLE texts (
    digest        bytea       PRIMARY KEY CHECK (octet_length(digest) = 32),
    head          jsonb       NOT NULL,
    characters    integer     CHECK (characters > 0),
    first_seen_at timestamptz NOT NULL,
    last_seen_at  timestamptz NOT NULL,
    seen_count    bigint      NOT NULL CHECK (seen_count > 0)
);

COMMENT ON TABLE texts IS 'Texts that were analysed. Never the text itself: only its address and what needs no model.';
COMMENT ON COLUMN texts.digest IS 'SHA-256 of the text''s UTF-8 bytes.';
COMMENT ON COLUMN texts.head IS '{"language": {code, confidence}, "signals": {hashtags, mentions, links, emoji}}; offsets in code points.';
COMMENT ON COLUMN texts.characters IS 'Length of the text in code points; NULL where the writer did not tell.';
COMMENT ON COLUMN texts.first_seen_at IS 'When an analysis of the text was first saved.';
COMMENT ON COLUMN texts.last_seen_at IS 'When an analysis of the text was last saved.';
COMMENT ON COLUMN texts.seen_count IS 'How often an analysis of the text was saved; answers from a cache are not counted.';

CREATE TABLE sections (
    digest     bytea       NOT NULL REFERENCES texts ON DELETE CASCADE,
    analysis   text        NOT NULL,
    version    text        NOT NULL,
    status     text        NOT NULL,
    body       jsonb       NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (digest, analysis, version)
);

COMMENT ON TABLE sections IS 'What each analysis said about a text, one row for each version of its model.';
COMMENT ON COLUMN sections.digest IS 'The text.';
COMMENT ON COLUMN sections.analysis IS 'sentiment, tone, keywords, entities or readability.';
COMMENT ON COLUMN sections.version IS 'Digest of the model''s weights and settings.';
COMMENT ON COLUMN sections.status IS 'ok or unsupported_language; what would be answered otherwise another time is not kept.';
COMMENT ON COLUMN sections.body IS 'The section as the API shows it; offsets in code points.';
COMMENT ON COLUMN sections.created_at IS 'When this version last gave it; the greatest of an analysis is its latest section.';
