"""How fast a million kept posts are found, counted, imported and stored; see ``__main__``."""
