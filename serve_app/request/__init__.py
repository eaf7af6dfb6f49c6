"""Requests as they are asked for, and every check on them; knows no HTTP."""
