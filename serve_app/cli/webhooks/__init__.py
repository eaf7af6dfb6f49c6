"""``postlens webhooks``: receivers of messages, and what was delivered, from the command line."""
