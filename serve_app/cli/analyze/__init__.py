"""``postlens analyze``: files of posts in, files of answers out, through a service or without."""
