"""Keeping Ray on one machine off the network: `postlens serve` and those who join it.

Ray 2.60 has no setting for either of the two, so both reach into it; each says why.
"""

import ipaddress
import os

#: Despite its name it lets Ray take 127.0.0.1 for a node's address on Linux, too; without
#: it Ray resolves loopback to the machine's address on the network.
ALLOW = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}


def bind_replicas() -> None:
    """Bind Serve's port between replicas to loopback; every worker process does so first.

    Ray binds it to every interface (``[::]:0``), without authentication and with pickled
    content.
    """
    from ray.serve._private import replica

    bind = replica.add_port_to_grpc_server

    def bind_to_loopback(server: object, address: str) -> int:
        port: int = bind(server, address.replace("[::]", "127.0.0.1"))
        return port

    replica.add_port_to_grpc_server = bind_to_loopback


def allow_joining(address: str | None) -> None:
    """Let this process join a cluster on loopback, if the one meant is there.

    Args:
        address: as for ``ray.init``; None is the cluster that runs on this machine.
    """
    from ray._private import ray_constants, utils

    found = address if address not in (None, "auto") else utils.read_ray_address()
    if found and _is_loopback(found.rpartition(":")[0]):
        os.environ |= ALLOW  # for processes that this one starts
        ray_constants.ENABLE_RAY_CLUSTER = False  # Ray was imported, and its environment read


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
