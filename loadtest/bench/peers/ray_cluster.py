"""A Ray of this process alone, on loopback, that serves one application until a signal."""

import os
import signal
from collections.abc import Callable
from typing import Any

from serve_app.standalone import loopback

#: Logical: the analyses and a driver with Serve's default of one CPU each must find room.
_LOGICAL_CPUS = 8


def serve_until_signal(build: Callable[[], Any], port: int) -> None:
    """Start Ray and Serve, deploy, wait for SIGTERM, stop.

    Args:
        build: makes the bound application; called once Ray's environment is set.
        port: where HTTP listens.
    """
    # On a busy machine the proxy misses its default of 5 s and Serve gives up.
    patience = {"RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S": "60"}
    os.environ |= {**loopback.ALLOW_LOOPBACK, **patience, "RAY_USAGE_STATS_ENABLED": "0"}
    import ray
    from ray import serve

    hook = "serve_app.standalone.loopback.bind_replicas"
    ray.init(
        address="local",
        num_cpus=_LOGICAL_CPUS,
        include_dashboard=False,
        log_to_driver=False,
        runtime_env={"worker_process_setup_hook": hook},
        _node_ip_address="127.0.0.1",
    )
    try:
        serve.start(http_options={"host": "127.0.0.1", "port": port})
        serve.run(build(), name="default", route_prefix="/")
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        signal.pause()
    except KeyboardInterrupt:
        pass
    finally:
        ray.shutdown()
