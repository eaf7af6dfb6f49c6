"""``postlens bulk``: what it shows, around :mod:`serve_app.bulk`."""
