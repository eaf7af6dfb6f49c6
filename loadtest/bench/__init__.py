"""The benchmark against goals and peers: ``python -m loadtest.bench``."""
