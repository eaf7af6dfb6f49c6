ALTER TABLE jobs DROP CONSTRAINT jobs_kind_check;
ALTER TABLE jobs ADD CONSTRAINT jobs_kind_check CHECK (kind IN ('posts', 'file', 'url', 'filter', 'replay'));
ALTER TABLE jobs ADD COLUMN reason text;
COMMENT ON COLUMN jobs.reason IS 'Why the service has cancelled it; NULL where a caller has, or nobody.';
