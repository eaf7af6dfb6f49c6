COMMENT ON COLUMN texts.last_seen_at IS 'When an analysis of the text was last saved, or last answered from a cache.';
COMMENT ON COLUMN texts.seen_count IS 'How often the text was asked for, as far as was counted: saves, and answers from a cache.';

CREATE INDEX texts_by_use ON texts (seen_count DESC, last_seen_at DESC, digest);
