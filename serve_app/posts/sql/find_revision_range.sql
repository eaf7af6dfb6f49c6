-- NULL where there is no such post; NULL where it has one text.
SELECT
    (SELECT revision FROM posts WHERE workspace = $1 AND id = $2) AS latest,
    (SELECT min(revision) FROM revisions WHERE workspace = $1 AND post_id = $2) AS earliest
