"""How a post sounds."""
