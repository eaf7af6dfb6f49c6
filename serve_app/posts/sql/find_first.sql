SELECT 1 FROM posts WHERE {range} ORDER BY {order} LIMIT 1
