SELECT workspace FROM trend_deltas GROUP BY workspace HAVING count(*) >= $1
