CREATE TABLE forgotten_texts (
    digest       bytea       PRIMARY KEY CHECK (octet_length(digest) = 32),
    forgotten_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE forgotten_texts IS 'Addresses of texts that were deleted, for a day: a replica that was away has them leave its caches when it is back.';
CREATE INDEX forgotten_texts_by_time ON forgotten_texts (forgotten_at);
