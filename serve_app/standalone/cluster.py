"""Ray and Serve on this machine alone, for `postlens serve`.

Everything listens on loopback except the HTTP port, if its host says otherwise.
Ray reads its environment when it is imported, so :func:`start` sets it first.
"""

import hashlib
import logging
import os
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from serve_app.standalone import haproxy, loopback, ray_node
from serve_app.standalone.errors import ClusterError, last_line
from serve_app.standalone.ports import free_port

if TYPE_CHECKING:
    from ray.serve.schema import ServeDeploySchema

APPLICATION = "default"
#: A busy machine takes more than a minute. Shorter than `postlens serve` waits, so that it can
#: say why.
_START_TIMEOUT_S = 200.0
_POLL_S = 0.2


def environment(run_dir: Path) -> dict[str, str]:
    """What Ray and Serve must find in their environment.

    The throughput flag and HAProxy mode are worth 234 -> 1,968 requests/s on two cores,
    and only work together.
    """
    state = _socket_dir(run_dir)
    return {
        "RAY_SERVE_THROUGHPUT_OPTIMIZED": "1",
        "RAY_SERVE_ENABLE_HA_PROXY": "1",
        # On a busy machine the proxy misses its default of 5 s and Serve gives up.
        "RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S": "60",
        "RAY_SERVE_HAPROXY_BINARY_PATH": str(haproxy.install(run_dir)),
        "RAY_SERVE_HAPROXY_CONFIG_FILE_LOC": str(state / "haproxy.cfg"),
        "RAY_SERVE_HAPROXY_SOCKET_PATH": str(state / "admin.sock"),
        "RAY_SERVE_HAPROXY_SERVER_STATE_BASE": str(state),
        "RAY_SERVE_HAPROXY_SERVER_STATE_FILE": str(state / "server-state"),
        "RAY_SERVE_HAPROXY_METRICS_PORT": str(free_port()),
        "RAY_SERVE_HAPROXY_STATS_PORT": str(free_port()),
        "RAY_SERVE_FALLBACK_PROXY_HTTP_PORT": str(free_port()),
        # One machine has no other proxy that would have to hear of a replica's end first.
        "RAY_SERVE_DIRECT_INGRESS_MIN_DRAINING_PERIOD_S": "0.5",
        "RAY_SERVE_PROXY_MIN_DRAINING_PERIOD_S": "0.5",
        # On disk, so that a GCS that was killed is started again beside replicas that work on.
        "RAY_gcs_storage": "rocksdb",
        "RAY_gcs_storage_path": str(_empty_gcs_folder(run_dir)),
        **loopback.ALLOW_LOOPBACK,
        # Ray's own is 15 for all, which leaves the analyses no room to stand behind the driver.
        "RAY_worker_niceness": "0",
        # Workers that are started before anything asks for them would not be used: ours have an
        # environment of their own. A second less to start.
        "RAY_prestart_worker_first_driver": "0",
        # Three failures make a new manager of HAProxy; HAProxy itself goes on meanwhile.
        "RAY_SERVE_PROXY_HEALTH_CHECK_PERIOD_S": "1",
        # Ten looks a second at seven deployments are a twentieth of a core.
        "RAY_SERVE_CONTROL_LOOP_INTERVAL_S": "0.5",
        # Every counter a second time, under a name that Ray itself calls deprecated.
        "RAY_EXPORT_COUNTER_AS_GAUGE": "0",
        # An analysis may be asked for twice: what a killed driver did not answer goes to the next.
        "RAY_SERVE_HAPROXY_RETRY_ON": "conn-failure empty-response",
        "RAY_SERVE_HAPROXY_RETRIES": "10",
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_ROTATION_MAX_BYTES": str(16 * 2**20),  # of each of Ray's logs
        "RAY_ROTATION_BACKUP_COUNT": "1",
        "RAY_DISABLE_IMPORT_WARNING": "1",
    }


def _empty_gcs_folder(run_dir: Path) -> Path:
    """Where the GCS keeps its tables while this Ray lives; those of an earlier one go."""
    folder = run_dir / "gcs"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    return folder


def _socket_dir(run_dir: Path) -> Path:
    """A private folder whose name leaves HAProxy room for its socket.

    HAProxy takes 97 bytes for a socket's path, and Ray puts 68 of its own behind this.
    """
    folder = Path("/tmp") / f"pl-{hashlib.sha256(os.fsencode(run_dir)).hexdigest()[:12]}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
        raise ClusterError(f"{folder} belongs to another user; remove it, or move the data folder.")
    return folder


def start(
    config: Mapping[str, Any],
    *,
    host: str,
    port: int,
    ray_port: int,
    run_dir: Path,
    answers: Callable[[], bool],
) -> None:
    """Start Ray and deploy the application of a Serve config file.

    Args:
        config: the content of the file; its ``http_options`` give way to host and port.
        host: where HTTP listens.
        port: the HTTP port.
        ray_port: where other Ray jobs join, on loopback.
        run_dir: a folder of this service for sockets and generated files.
        answers: whether the application answers requests.

    Raises:
        ClusterError: the application failed to start, or did not answer in time.
    """
    os.environ.update(environment(run_dir), RAY_GCS_SERVER_PORT=str(ray_port))
    ray_node.leave_out_pandas()
    from ray.serve.schema import ServeDeploySchema

    schema = ServeDeploySchema.model_validate(
        {**config, "http_options": {"host": host, "port": port}}
    )
    try:
        _deploy(schema, _session_folder(run_dir))
        _wait_until_running(answers)
    except ClusterError:
        raise
    except Exception as error:  # Ray raises plain ones, too, as where its node is too slow
        reason = last_line(error)
        raise ClusterError(f"Ray did not start the application: {reason}") from error


def _session_folder(run_dir: Path) -> Path:
    """Where Ray has its sockets and logs, with no other's; the last session's logs stay."""
    folder = _socket_dir(run_dir) / "ray"
    folder.mkdir(mode=0o700, exist_ok=True)
    sessions = sorted(folder.glob("session_2*"))  # named by the time of their start
    for old in sessions[:-1]:
        shutil.rmtree(old, ignore_errors=True)
    return folder


def _deploy(schema: "ServeDeploySchema", session_folder: Path) -> None:
    import ray
    from ray.serve._private.api import serve_start

    ray_node.leave_out_helpers()
    ray_node.keep_token_private()
    ray.init(
        address="local",
        num_cpus=max(2, os.cpu_count() or 2),
        namespace="serve",
        include_dashboard=False,
        log_to_driver=False,
        logging_level=logging.ERROR,
        runtime_env={"worker_process_setup_hook": "serve_app.standalone.worker_setup.prepare"},
        _node_ip_address="127.0.0.1",
        _temp_dir=str(session_folder),
        _system_config={"metrics_report_interval_ms": 2_000},
    )
    logging.getLogger("ray.serve").setLevel(logging.WARNING)
    # As `serve run FILE` does: there is no public call that deploys a config file from Python.
    client = serve_start(
        http_options=schema.http_options.model_dump(),
        proxy_location=schema.proxy_location,
        global_logging_config=schema.logging_config,
    )
    client.deploy_apps(schema, _blocking=False)


def _wait_until_running(answers: Callable[[], bool]) -> None:
    """Wait until every replica is up, or the application answers without the rest.

    What answers is left alone: where a replica was killed while others started, Serve starts
    another, and its users need not notice.
    """
    from ray import serve

    deadline = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline:
        status = serve.status().applications.get(APPLICATION)
        if status is not None and status.status == "DEPLOY_FAILED":
            raise ClusterError(f"the application did not start: {_reason(status)}")
        if (status is not None and status.status == "RUNNING") or answers():
            return
        time.sleep(_POLL_S)
    raise ClusterError(f"the application was not up after {_START_TIMEOUT_S:.0f} s")


def _reason(status: Any) -> str:
    reasons = [status.message, *(d.message for d in status.deployments.values())]
    # Each is a traceback whose last line says what it is about; the log has it whole.
    return "; ".join(dict.fromkeys(last_line(reason) for reason in reasons if reason.strip()))


def stop() -> None:
    """Let the replicas finish and flush, then stop Ray; its files are left to :func:`clean`."""
    import ray
    from ray import serve

    if ray.is_initialized():
        serve.delete(APPLICATION)
        ray.shutdown()


def clean(run_dir: Path) -> None:
    """Remove what Ray and HAProxy had beside the data folder, once both are gone."""
    shutil.rmtree(_socket_dir(run_dir), ignore_errors=True)
