"""What each of Ray's worker processes does first."""

import logging

from serve_app import logs
from serve_app.standalone import haproxy_life, loopback


def prepare() -> None:
    """Keep this worker on loopback and, if it manages HAProxy, have it look after it."""
    loopback.bind_replicas()
    haproxy_life.keep_up()
    if not logging.getLogger("serve_app").handlers:
        logs.configure_from_environment()
