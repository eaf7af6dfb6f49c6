"""``postlens usage``: what the callers of a workspace have asked for."""
