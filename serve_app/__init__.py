"""The service around the analyses: HTTP, handles, caches, storage, command line."""

#: The one place of PostLens' version: the distribution's metadata, ``postlens version`` and the
#: OpenAPI document take it from here; CHANGELOG.md and the images' tags are checked against it.
__version__ = "0.2.0"
