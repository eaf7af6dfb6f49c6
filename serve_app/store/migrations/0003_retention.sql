CREATE INDEX texts_by_last_seen ON texts (last_seen_at);
