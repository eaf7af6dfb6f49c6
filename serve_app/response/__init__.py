"""Answers put together from encoded sections, in the unit the caller counts in."""
