"""The driver and autoscaling on several nodes: ``python -m loadtest.scale``."""
