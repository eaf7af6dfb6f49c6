"""``postlens posts``: the posts that a service keeps, from the command line."""
