"""Webhooks: messages that are delivered to the receivers of a workspace, signed, at least once.

Knows nothing of what the messages tell.
"""
