"""Where model files come from, and that they are the released ones."""
