"""The one version number of this installation: what ``pyproject.toml`` says."""

from importlib import metadata


def installed_version() -> str:
    """As in ``0.2.0``; ``0+unknown`` for sources that were never installed."""
    try:
        return metadata.version("postlens")
    except metadata.PackageNotFoundError:
        return "0+unknown"
