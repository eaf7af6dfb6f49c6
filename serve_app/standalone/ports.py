"""TCP ports of this machine: one that is free, and whether a certain one is."""

import random
import socket

# Below the ports that Linux gives to outgoing connections (32768 and up), or one of these could
# take it before who asked listens there; between those of Ray's workers and of Serve's replicas.
_FIRST_PORT, _LAST_PORT = 21_000, 29_000
_TRIES = 1_000


def free_port() -> int:
    """A port on loopback that was free a moment ago.

    Raises:
        OSError: none of many was.
    """
    for _ in range(_TRIES):
        port = random.randint(_FIRST_PORT, _LAST_PORT)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError(f"no port from {_FIRST_PORT} to {_LAST_PORT} is free on 127.0.0.1")


def require_free(host: str, port: int) -> None:
    """Return where a server could listen on ``host:port`` now.

    Raises:
        OSError: it could not; ``strerror`` says why.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
