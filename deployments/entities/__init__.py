"""Who and what a post names."""
