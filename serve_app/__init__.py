"""The service around the analyses: HTTP, handles, caches, storage, command line."""
