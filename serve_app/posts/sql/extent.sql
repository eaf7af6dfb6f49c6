SELECT min({column}) AS earliest, max({column}) AS latest, count(*) AS count
FROM (SELECT {column} FROM posts WHERE {range} ORDER BY {order} LIMIT {window}) AS walked
