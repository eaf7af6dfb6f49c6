"""``postlens rules`` and ``postlens corrections``: what people put right, from the command line."""
