"""``postlens demo``: a real service, started, used, checked and stopped."""
