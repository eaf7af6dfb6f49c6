"""The manifests build, fit their schemas, and hold the Serve config that they should.

There is no cluster here: what a schema can say is checked against the Kubernetes
schemas and the CRD of KubeRay.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml

from tests.project.manifests import (
    FOLDERS,
    KUBERNETES,
    OVERLAYS,
    ROOT,
    build,
    needs_crd,
    needs_kubectl,
    of_kind,
    ray_cluster,
    ray_pods,
    ray_service_schema,
    selects,
)


@needs_kubectl
@pytest.mark.parametrize("folder", FOLDERS)
def test_core_kinds_fit_the_kubernetes_schemas(folder: str) -> None:
    checked = 0
    for document in build(folder):
        if not document["apiVersion"].startswith(("ray.io/", "monitoring.coreos.com/")):
            kubernetes_validate.validate(document, KUBERNETES, strict=True)
            checked += 1
    assert checked >= 16


@needs_kubectl
@needs_crd
@pytest.mark.parametrize("folder", FOLDERS)
def test_the_ray_service_fits_its_crd(folder: str) -> None:
    jsonschema.Draft202012Validator(ray_service_schema()).validate(
        of_kind(folder, "RayService")["postlens"]
    )


@needs_kubectl
@needs_crd
@pytest.mark.parametrize(
    "path",
    [
        ("spec",),
        ("spec", "upgradeStrategy"),
        ("spec", "rayClusterConfig", "gcsFaultToleranceOptions"),
        ("spec", "rayClusterConfig", "workerGroupSpecs", 0, "template", "spec"),
        ("spec", "rayClusterConfig", "headGroupSpec", "template", "spec", "containers", 0),
    ],
    ids=lambda path: str(path[-1]),
)
def test_a_misspelt_key_does_not_fit_the_crd(path: tuple[str | int, ...]) -> None:
    document = json.loads(json.dumps(of_kind("base", "RayService")["postlens"]))
    place = document
    for step in path:
        place = place[step]
    place["replcias"] = 1
    with pytest.raises(jsonschema.ValidationError, match="replcias"):
        jsonschema.Draft202012Validator(ray_service_schema()).validate(document)


@needs_kubectl
def test_pod_monitors_name_ports_that_the_pods_have() -> None:
    for name, monitor in of_kind("overlays/production", "PodMonitor").items():
        candidates = ray_pods("overlays/production").values()
        selector = monitor["spec"]["selector"]
        chosen = [pod for pod in candidates if selects(selector, pod["metadata"]["labels"])]
        assert chosen, name
        wanted = {endpoint["port"] for endpoint in monitor["spec"]["podMetricsEndpoints"]}
        for pod in chosen:
            assert wanted <= {port["name"] for port in pod["spec"]["containers"][0]["ports"]}


def generate(*arguments: str, root: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "k8s.generate", *arguments]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=60)


def test_the_embedded_configs_are_up_to_date() -> None:
    checked = generate("--check")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_changed_config_is_noticed_and_embedded(tmp_path: Path) -> None:
    for folder in ("configs", "k8s"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    config = tmp_path / "configs" / "production.yaml"
    config.write_text(config.read_text().replace("max_replicas: 8", "max_replicas: 9"))
    checked = generate("--check", root=tmp_path)
    assert checked.returncode == 1
    assert "k8s/base/serve-config.yaml" in checked.stdout
    assert generate(root=tmp_path).returncode == 0
    assert "max_replicas: 9" in (tmp_path / "k8s/base/serve-config.yaml").read_text()
    assert generate("--check", root=tmp_path).returncode == 0


@needs_kubectl
@pytest.mark.parametrize(
    "folder,name,http_options",
    [
        ("base", "production", {}),
        ("overlays/production", "production", {}),
        ("overlays/kind", "local", {"host": "0.0.0.0"}),
    ],
)
def test_the_ray_service_runs_the_config(
    folder: str, name: str, http_options: dict[str, Any]
) -> None:
    embedded = of_kind(folder, "RayService")["postlens"]["spec"]["serveConfigV2"]
    config = yaml.safe_load((ROOT / "configs" / f"{name}.yaml").read_text())
    config["http_options"] |= http_options
    assert yaml.safe_load(embedded) == config


@needs_kubectl
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_smallest_cluster_holds_the_first_replicas(overlay: str) -> None:
    folder = f"overlays/{overlay}"
    config = yaml.safe_load(of_kind(folder, "RayService")["postlens"]["spec"]["serveConfigV2"])
    first = [
        (d["autoscaling_config"]["min_replicas"], d["ray_actor_options"])
        for d in config["applications"][0]["deployments"]
    ]
    groups = ray_cluster(folder)["workerGroupSpecs"]

    def has(resource: str) -> float:
        limits = (g["template"]["spec"]["containers"][0]["resources"]["limits"] for g in groups)
        counts = (g["minReplicas"] for g in groups)
        pairs = zip(counts, limits, strict=True)
        return float(sum(n * float(limit.get(resource, 0)) for n, limit in pairs))

    assert sum(n * options["num_cpus"] for n, options in first) <= has("cpu")
    assert sum(n * options.get("num_gpus", 0) for n, options in first) <= has("nvidia.com/gpu")
