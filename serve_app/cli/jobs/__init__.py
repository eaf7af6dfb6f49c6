"""``postlens jobs`` and ``postlens replay``: many posts analysed by a service beside requests."""
