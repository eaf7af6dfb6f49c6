-- Most posts come in the order of their time. At the end of an index that ascends Postgres fills its
-- pages; at the beginning of one that descends it leaves half of each empty. Both are read either way.
-- Nobody writes posts meanwhile: a second or two for a million of them.
DROP INDEX posts_by_time;
CREATE INDEX posts_by_time ON posts (workspace, published_at, id);
