SELECT (SELECT count(*) FROM texts) AS texts, (SELECT count(*) FROM sections) AS sections
