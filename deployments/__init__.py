"""The analyses of a professional post, as plain Python.

Holds the result types, the text model, the analyzers and their Ray Serve
deployments. Knows nothing of HTTP, caches, databases or environment variables.
"""
