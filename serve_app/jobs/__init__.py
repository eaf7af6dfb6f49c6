"""Jobs: many posts analysed beside the requests, whatever dies meanwhile.

A job's posts are cut into chunks, which are the entries of a queue in Postgres; a chunk's results
and its state are one commit.
"""
