SELECT workspace, space, count(*) AS vectors FROM post_vectors GROUP BY workspace, space
