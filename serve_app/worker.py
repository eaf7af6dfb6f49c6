"""What every Ray worker process of `postlens serve` does first."""


def bind_to_loopback() -> None:
    """Keep Serve's port between replicas off the network.

    Ray 2.60 binds it to every interface (``[::]:0``), without authentication and with
    pickled content, and offers no setting. On one machine loopback is all it needs.
    """
    from ray.serve._private import replica

    bind = replica.add_port_to_grpc_server

    def bind_loopback(server: object, address: str) -> int:
        port: int = bind(server, address.replace("[::]", "127.0.0.1"))
        return port

    replica.add_port_to_grpc_server = bind_loopback
