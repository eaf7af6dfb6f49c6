"""Where a package of server binaries lies."""

import importlib.util
from pathlib import Path

from serve_app.standalone.errors import EmbeddedError


def package_folder(name: str) -> Path:
    """The package's folder; it is found, not imported: importing runs its own launcher.

    Raises:
        EmbeddedError: it is not installed.
    """
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise EmbeddedError(f"The package {name} is missing: pip install postlens brings it.")
    return Path(spec.origin).parent
