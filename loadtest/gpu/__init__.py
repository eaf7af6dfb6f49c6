"""The encoders on a GPU: ``python -m loadtest.gpu``."""
