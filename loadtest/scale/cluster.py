"""A Ray cluster of several nodes on this machine, and one application on it.

Ray's own cluster utility starts each node as it would start it on a machine of its own: a
raylet with workers, here with as many imagined CPUs as are asked for. Everything stays on
loopback. Ray reads its environment when it is imported, so :func:`multi_node_cluster` sets it
first.
"""

import asyncio
import contextlib
import logging
import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from serve_app.standalone import loopback
from serve_app.standalone.process_mark import ProcessMark

APPLICATION = "default"
_START_TIMEOUT_S = 400.0
_POLL_S = 0.25

# As `postlens serve` has it, without HTTP: with its proxy and the replicas' own HTTP ports
# this would be a test of HAProxy on one machine, and not of what is behind it.
_VARIABLES = {
    "RAY_SERVE_THROUGHPUT_OPTIMIZED": "1",
    "RAY_SERVE_ENABLE_DIRECT_INGRESS": "0",
    "RAY_AUTH_MODE": "token",
    # Starting several nodes at a time on few cores takes longer than Ray's 30 s.
    "RAY_raylet_start_wait_time_s": "120",
    # A poll of Serve's that ends while Ray is shut down would start Ray again, and both hang.
    "RAY_ENABLE_AUTO_CONNECT": "0",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_DISABLE_IMPORT_WARNING": "1",
    **loopback.ALLOW_LOOPBACK,
}
# Another service's database and cache are none of ours.
_UNSET = (
    "POSTLENS_DATABASE_URL",
    "POSTLENS_REDIS_URL",
    "POSTLENS_API_KEYS",
    "RAY_ADDRESS",
)


class ClusterNotStarted(Exception):
    """Ray or the application did not come up in time."""


@contextlib.contextmanager
def multi_node_cluster(*, head_cpus: int, node_cpus: Sequence[int]) -> Iterator["MultiNodeCluster"]:
    """A head and one node for each of ``node_cpus``; ended with every process of theirs."""
    os.environ.update(_VARIABLES)
    for name in _UNSET:
        os.environ.pop(name, None)
    with tempfile.TemporaryDirectory(prefix="postlens-scale-") as folder:
        os.environ["POSTLENS_LOG_FILE"] = str(Path(folder) / "postlens.jsonl")
        mark = ProcessMark(folder)
        mark.set()
        try:
            with _keep_cluster_address():
                yield MultiNodeCluster(head_cpus, node_cpus)
        finally:
            _shut_down()
            mark.end()


class MultiNodeCluster:
    """The running cluster."""

    def __init__(self, head_cpus: int, node_cpus: Sequence[int]) -> None:
        import ray
        from ray._private.authentication import authentication_token_setup as authentication
        from ray.cluster_utils import Cluster
        from ray.serve._private.api import serve_start

        # `ray.init` does so where it starts a cluster itself; the cluster utility does not.
        authentication.ensure_token_if_auth_enabled()
        local: dict[str, Any] = {"node_ip_address": "127.0.0.1", "include_dashboard": False}
        nodes = Cluster(initialize_head=True, head_node_args={"num_cpus": head_cpus, **local})
        for cpus in node_cpus:
            nodes.add_node(num_cpus=cpus, **local)
        ray.init(
            address=nodes.address,
            namespace="serve",
            log_to_driver=False,
            logging_level=logging.ERROR,
            runtime_env={
                "worker_process_setup_hook": "serve_app.standalone.loopback.bind_replicas"
            },
            _node_ip_address="127.0.0.1",
        )
        logging.getLogger("ray.serve").setLevel(logging.ERROR)
        self._client = serve_start(http_options={"host": "127.0.0.1"}, proxy_location="Disabled")

    @property
    def handle(self) -> Any:
        """The application's ingress, as another Ray job would call it; inside an event loop."""
        from ray import serve

        return serve.get_app_handle(APPLICATION)

    async def deploy(self, application: Mapping[str, Any]) -> None:
        """Bring the application to this state; what is the same goes on running.

        Raises:
            ClusterNotStarted: it failed.
        """
        from ray.serve.schema import ServeDeploySchema

        schema = ServeDeploySchema.model_validate(
            {"applications": [{"name": APPLICATION, **application}]}
        )
        await asyncio.to_thread(self._client.deploy_apps, schema, _blocking=False)

    async def running(self, deployment: str) -> int:
        """How many replicas of it take calls."""
        return (await self._replicas(deployment)).get("RUNNING", 0)

    async def wait_until_settled(self, replicas: Mapping[str, int]) -> None:
        """Return once each deployment has so many replicas, none of them coming or going.

        Raises:
            ClusterNotStarted: that took too long.
        """
        deadline = time.monotonic() + _START_TIMEOUT_S
        for deployment, count in replicas.items():
            while await self._replicas(deployment) != {"RUNNING": count}:
                if time.monotonic() > deadline:
                    raise ClusterNotStarted(f"{deployment}: {await self._replicas(deployment)}")
                await asyncio.sleep(_POLL_S)

    async def _replicas(self, deployment: str) -> dict[str, int]:
        from ray import serve

        status = (await asyncio.to_thread(serve.status)).applications.get(APPLICATION)
        if status is not None and status.status == "DEPLOY_FAILED":
            raise ClusterNotStarted(status.message)
        if status is None or deployment not in status.deployments:
            return {}
        states = status.deployments[deployment].replica_states
        return {str(getattr(state, "value", state)): n for state, n in states.items() if n}


@contextlib.contextmanager
def _keep_cluster_address() -> Iterator[None]:
    """Let ``auto`` mean the same cluster afterwards: the utility notes its own in its place."""
    from ray._private.utils import read_ray_address, write_ray_address

    before: str | None = read_ray_address()
    try:
        yield
    finally:
        if before:
            write_ray_address(before)


def _shut_down() -> None:
    import ray
    from ray import serve

    if ray.is_initialized():
        with contextlib.suppress(Exception):  # whatever is left is ended by its mark
            serve.delete(APPLICATION, _blocking=False)
        ray.shutdown()
