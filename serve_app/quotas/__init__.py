"""Limits of API keys, and what is counted of all callers: in Redis, beside it where it is away."""
