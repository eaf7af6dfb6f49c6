"""Keeping Ray on one machine off the network: `postlens serve` and those who join it.

Ray 2.60 has no setting for either of the two, so both reach into it; each says why.
"""

import ipaddress
import os
import socket

#: Despite its name it lets Ray take 127.0.0.1 for a node's address on Linux, too; without
#: it Ray resolves loopback to the machine's address on the network.
ALLOW_LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}


_CONNECT_TIMEOUT_S = 5.0


def bind_replicas() -> None:
    """Bind Serve's port between replicas to loopback; every worker process does so first.

    Ray binds it to every interface (``[::]:0``), without authentication and with pickled
    content.
    """
    from ray.serve._private import replica

    name = "add_port_to_grpc_server"
    bind = getattr(replica, name)

    def bind_to_loopback(server: object, address: str) -> int:
        port: int = bind(server, address.replace("[::]", "127.0.0.1"))
        return port

    setattr(replica, name, bind_to_loopback)


def prepare_to_join(address: str) -> None:
    """Let ``ray.init(address)`` in this process join a cluster of ``postlens serve``.

    Ray by itself looks for a cluster on loopback on the network, and shows its token only
    to a cluster that it found by itself (``auto``).

    Args:
        address: as for ``ray.init``; ``auto`` is the cluster that runs on this machine.

    Raises:
        OSError: there is none.
    """
    _require_listening(address)
    from ray._private import ray_constants, services
    from ray._private.authentication import authentication_token_setup as authentication

    gcs_address = services.get_ray_address_from_environment(address, None)
    if is_loopback(gcs_address.rpartition(":")[0]):
        os.environ |= ALLOW_LOOPBACK  # for processes that this one starts
        ray_constants.ENABLE_RAY_CLUSTER = False  # Ray was imported, and its environment read
    authentication.maybe_enable_token_auth_if_token_available(warn_if_disabled=False)


def _require_listening(address: str) -> None:
    """Fail at once where Ray itself would try for minutes: nobody listens at ``host:port``."""
    host, _, port = address.rpartition(":")
    if host and port.isdecimal() and "://" not in host:
        socket.create_connection((host, int(port)), timeout=_CONNECT_TIMEOUT_S).close()


def is_loopback(host: str) -> bool:
    """Whether only processes of this machine reach a host, an IP address or a name."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
