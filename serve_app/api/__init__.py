"""The HTTP API: routes by resource, authentication, limits, error answers, documentation."""
