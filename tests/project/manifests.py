"""What the tests of k8s/ read: the built manifests, their pods, the CRD as a strict schema."""

import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
CRD = ROOT.parent / "shared" / "schemas" / "ray.io_rayservices.v1.7.0.yaml"
OVERLAYS = ("kind", "production")
FOLDERS = ("base", "overlays/kind", "overlays/production")
KUBERNETES = "1.34"

needs_kubectl = pytest.mark.skipif(
    not shutil.which("kubectl"), reason="kubectl is not installed: it builds the manifests"
)
needs_crd = pytest.mark.skipif(not CRD.exists(), reason=f"KubeRay's CRD is not at {CRD}")


@cache
def build(folder: str) -> tuple[dict[str, Any], ...]:
    """What ``kubectl apply -k`` would send."""
    command = ["kubectl", "kustomize", str(ROOT / "k8s" / folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return tuple(yaml.safe_load_all(done.stdout))


def of_kind(folder: str, kind: str) -> dict[str, dict[str, Any]]:
    return {d["metadata"]["name"]: d for d in build(folder) if d["kind"] == kind}


def ray_cluster(folder: str) -> dict[str, Any]:
    cluster: dict[str, Any] = of_kind(folder, "RayService")["postlens"]["spec"]["rayClusterConfig"]
    return cluster


def ray_pods(folder: str) -> dict[str, dict[str, Any]]:
    """The pod templates of the head and of each worker group."""
    cluster = ray_cluster(folder)
    groups = {g["groupName"]: g["template"] for g in cluster["workerGroupSpecs"]}
    return {"head": cluster["headGroupSpec"]["template"], **groups}


def pods(folder: str) -> dict[str, dict[str, Any]]:
    sets = of_kind(folder, "StatefulSet")
    return ray_pods(folder) | {name: s["spec"]["template"] for name, s in sets.items()}


def walk(content: Any) -> Iterator[dict[str, Any]]:
    """Every mapping within, at any depth."""
    if isinstance(content, dict):
        yield content
        content = list(content.values())
    if isinstance(content, list):
        for item in content:
            yield from walk(item)


def closed(schema: Any) -> Any:
    """The CRD's schema, with keys that it does not know made errors.

    The API server drops such keys without a word. ``x-kubernetes-preserve-unknown-fields``
    and int-or-string are Kubernetes' own words, said here in JSON Schema's.
    """
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: closed(value) for key, value in schema.items()}
    if schema.get("x-kubernetes-int-or-string"):
        return {"type": ["integer", "string"]}
    keeps = schema.get("x-kubernetes-preserve-unknown-fields")
    if "properties" in schema and "type" in schema and not keeps:
        result.setdefault("additionalProperties", False)
    return result


@cache
def ray_service_schema() -> dict[str, Any]:
    crd = yaml.load(CRD.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    (version,) = (v for v in crd["spec"]["versions"] if v["name"] == "v1")
    schema: dict[str, Any] = closed(version["schema"]["openAPIV3Schema"])
    # An object's metadata is not the CRD's matter: it says no more than "object".
    schema["properties"]["metadata"] = {"type": "object"}
    return schema


def selects(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    exact = selector.get("matchLabels", {}).items() <= labels.items()
    return exact and all(
        labels.get(rule["key"]) in rule["values"] for rule in selector.get("matchExpressions", [])
    )
