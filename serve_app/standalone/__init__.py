"""The whole service on one machine: its servers, its Ray, and their start and stop."""
