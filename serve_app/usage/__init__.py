"""What the callers of a workspace have asked for, by day and key."""
