"""Load on the service, and what it is compared with; see :mod:`loadtest.bench`."""
