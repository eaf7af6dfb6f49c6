"""What each of Ray's worker processes does first."""

import logging

from serve_app import logs
from serve_app.standalone import haproxy_life, loopback, ray_node


def prepare() -> None:
    """Keep this worker small and on loopback and, if it manages HAProxy, have it look after it."""
    ray_node.leave_out_pandas()
    loopback.bind_replicas()
    haproxy_life.keep_up()
    if not logging.getLogger("serve_app").handlers:
        logs.configure_from_environment()
