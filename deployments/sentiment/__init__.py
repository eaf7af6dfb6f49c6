"""How a post feels."""
