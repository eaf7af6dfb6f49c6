"""docs/kubernetes.md is true: its table, its secrets, its paths, its other upgrade."""

import json
import re
from typing import Any

import jsonschema
import yaml

from tests.project.manifests import (
    OVERLAYS,
    ROOT,
    build,
    needs_crd,
    needs_kubectl,
    of_kind,
    ray_cluster,
    ray_service_schema,
    walk,
)


def guide() -> str:
    return (ROOT / "docs" / "kubernetes.md").read_text()


@needs_kubectl
def test_the_guide_makes_every_secret() -> None:
    wanted = set()
    for mapping in walk(list(build("overlays/production"))):
        if reference := mapping.get("secretKeyRef"):
            wanted.add((reference["name"], reference["key"]))
        if secret := mapping.get("secret"):
            wanted |= {(secret["secretName"], item["key"]) for item in secret["items"]}
    wanted.add((ray_cluster("overlays/production")["authOptions"]["secretName"], "auth_token"))
    made = re.findall(r"create secret generic (\S+) --from-literal=(\w+)=", guide())
    assert set(made) == wanted


@needs_kubectl
def test_the_guides_table_is_true() -> None:
    for title, group, unit in (("CPU", "cpu", "cores"), ("GPU", "gpu", "GPU and 4 cores")):
        (row,) = re.findall(rf"^\| {title} workers \| (.*) \| (.*) \|$", guide(), re.MULTILINE)
        for overlay, cell in zip(OVERLAYS, row, strict=True):
            groups = ray_cluster(f"overlays/{overlay}")["workerGroupSpecs"]
            found = next((g for g in groups if g["groupName"] == group), None)
            assert cell == (described(found, unit) if found else "none")


def described(group: dict[str, Any], unit: str) -> str:
    limits = group["template"]["spec"]["containers"][0]["resources"]["limits"]
    counts = dict.fromkeys((group["minReplicas"], group["maxReplicas"]))
    size = limits["cpu"] if unit == "cores" else limits["nvidia.com/gpu"]
    return f"{' to '.join(map(str, counts))} of {size} {unit}"


@needs_kubectl
@needs_crd
def test_the_guides_other_upgrade_fits_the_crd() -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", guide(), re.DOTALL)
    (operation,) = yaml.safe_load(block)
    document = json.loads(json.dumps(of_kind("overlays/production", "RayService")["postlens"]))
    assert operation["path"] == "/spec/upgradeStrategy"
    document["spec"]["upgradeStrategy"] = operation["value"]
    jsonschema.Draft202012Validator(ray_service_schema()).validate(document)
