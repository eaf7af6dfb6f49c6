"""Load: posts to send, connections to send them on, and what came back."""
