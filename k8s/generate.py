"""Embeds the Serve config files into the RayService patches of ``k8s/``.

    python -m k8s.generate           write the patches
    python -m k8s.generate --check   say which of them are out of date, and fail

Kubernetes has no way to include a file in ``serveConfigV2``, and a copy made by hand
drifts. What is embedded is the content without comments: KubeRay compares the text,
so that a reworded comment would otherwise update a running service. Knows nothing of
what the configs mean.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Patch:
    """One generated file.

    Attributes:
        target: the patch, relative to the project's root.
        source: the Serve config that it embeds, likewise.
        http_options: what this installation listens on, where the source says otherwise.
    """

    target: str
    source: str
    http_options: Mapping[str, Any] = field(default_factory=dict)


PATCHES = (
    Patch("k8s/base/serve-config.yaml", "configs/production.yaml"),
    # local.yaml stays on loopback, where no other pod could reach it.
    Patch("k8s/overlays/kind/serve-config.yaml", "configs/local.yaml", {"host": "0.0.0.0"}),
)


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks, and shared parts in full."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def _dump(content: Any) -> str:
    return yaml.dump(content, Dumper=_Dumper, sort_keys=False, width=100)


def render(patch: Patch, root: Path = ROOT) -> str:
    """The text of one patch, as it should stand in its file.

    Raises:
        FileNotFoundError: the source is not there.
    """
    config = yaml.safe_load((root / patch.source).read_text())
    config["http_options"] = {**config.get("http_options", {}), **patch.http_options}
    document = {
        "apiVersion": "ray.io/v1",
        "kind": "RayService",
        "metadata": {"name": "postlens"},
        "spec": {"serveConfigV2": _dump(config)},
    }
    return (
        f"# Written by `python -m k8s.generate` from {patch.source}: edit that file instead.\n"
        + _dump(document)
    )


def outdated(root: Path = ROOT) -> list[Patch]:
    """The patches whose file is missing or differs from what it should be."""
    return [
        patch
        for patch in PATCHES
        if not (root / patch.target).is_file()
        or (root / patch.target).read_text() != render(patch, root)
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write what is out of date, or with ``--check`` only name it; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m k8s.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if out of date")
    check = parser.parse_args(arguments).check
    patches = outdated()
    for patch in patches:
        if check:
            print(f"{patch.target} differs from {patch.source}; run `python -m k8s.generate`.")
        else:
            (ROOT / patch.target).write_text(render(patch))
            print(f"wrote {patch.target} from {patch.source}")
    return 1 if check and patches else 0


if __name__ == "__main__":
    sys.exit(main())
