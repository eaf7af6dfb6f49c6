"""``postlens workspace``: the workspace that a key names, from the command line."""
