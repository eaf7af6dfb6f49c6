"""The process that holds Ray's side of the service: a child of `postlens serve`.

Of its own, since Ray ends the process that started it when it loses its cluster; whoever
started this one starts it again.
"""

import logging
import os
import signal
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson
import yaml

from serve_app import logs
from serve_app.standalone import cluster, ray_node
from serve_app.standalone.child_process import ChildProcess
from serve_app.standalone.errors import StandaloneError
from serve_app.standalone.process_mark import ProcessMark
from serve_app.standalone.readiness_probe import unready_reason
from serve_app.standalone.stop_signals import StopRequested, raise_on

log = logging.getLogger("serve_app.standalone.ray_process")  # also when run as __main__

_WATCH_INTERVAL_S = 0.2
#: The replicas finish and the write-behind is flushed.
_STOP_TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True)
class RayProcess:
    """How Ray and the application are started.

    Attributes:
        config: path of the Serve config file.
        host: where HTTP listens.
        port: the HTTP port.
        ray_port: where other Ray jobs join, on loopback.
        data_dir: the service's; logs and run-time files go there.
    """

    config: str
    host: str
    port: int
    ray_port: int
    data_dir: str

    @property
    def url(self) -> str:
        """Where HTTP is asked from this machine."""
        return f"http://{'127.0.0.1' if self.host == '0.0.0.0' else self.host}:{self.port}"

    def start(self) -> ChildProcess:
        """Start the process, which is not ready yet, after ending what an earlier one left.

        Raises:
            ProcessFailed: it cannot be run, or this is not the main thread.
        """
        left = ProcessMark(self.data_dir, "POSTLENS_RAY")
        left.end(timeout_s=0.0)
        return ChildProcess(
            [sys.executable, "-m", __name__, orjson.dumps(asdict(self)).decode()],
            log=Path(self.data_dir) / "logs" / "ray.log",
            stop_signal=signal.SIGTERM,
            stop_timeout_s=_STOP_TIMEOUT_S,
            death_signal=signal.SIGKILL,
            environment=os.environ,
            variables=left.variables,
        )

    def run(self) -> str:
        """Serve until SIGTERM, or until Ray is lost; why it was lost, empty after SIGTERM.

        Raises:
            ClusterError: the application failed to start, or not in time.
        """
        run_dir = Path(self.data_dir) / "run"
        content = yaml.safe_load(Path(self.config).read_text())
        raise_on(signal.SIGTERM)
        try:
            cluster.start(
                content,
                host=self.host,
                port=self.port,
                ray_port=self.ray_port,
                run_dir=run_dir,
                answers=lambda: unready_reason(self.url) is None,
            )
            raise_on(signal.SIGTERM)  # Ray has put its own handler in its place
            return _watch()
        except StopRequested:
            cluster.stop()
            return ""


def _watch() -> str:
    """Start the GCS again whenever it ends; returns once the raylet or an agent has ended."""
    node = ray_node.NodeProcesses()
    while not node.ended():
        if ray_node.gcs_ended():
            log.error("Ray's GCS ended; it is started again at once, and answers go on.")
            ray_node.restart_gcs()
            log.warning("Ray's GCS is back.")
        time.sleep(_WATCH_INTERVAL_S)
    return "Ray's raylet or one of its agents ended, and every replica with it"


def main(arguments: str) -> None:
    """Serve; ends at once with 1 where Ray is lost or does not start."""
    logs.configure_from_environment()
    try:
        reason = RayProcess(**orjson.loads(arguments)).run()
    except StandaloneError as error:
        reason = str(error)
    if reason:
        log.error("%s.", reason)
        print(reason, file=sys.stderr, flush=True)
        os._exit(1)  # a Ray that has lost its cluster takes a minute to end by itself


if __name__ == "__main__":
    main(sys.argv[1])
