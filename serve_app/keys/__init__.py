"""API keys: made, listed, rotated, revoked; and looked up by every replica in memory."""
