"""How a post reads."""
