"""``postlens trends``: how posts change over time, from the command line."""
