"""A service offered a multiple of what it can answer, and what it tells those whom it refuses."""
