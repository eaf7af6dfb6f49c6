"""``postlens keys``: the API keys of a workspace, from the command line."""
