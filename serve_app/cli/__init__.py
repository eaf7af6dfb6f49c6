"""The command line, ``postlens``."""
