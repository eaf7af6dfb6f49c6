"""The HTTP API: routes by resource, authentication, problem responses, documentation."""
