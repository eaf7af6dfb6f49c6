"""Calls to URLs that users have named: which may be called, and how none leads elsewhere."""
