"""``postlens alerts``: rules that watch trends, and their events, from the command line."""
