"""The benchmark's peers are pinned beside constraints.txt, not against it."""

from tests.project.manifests import ROOT


def pins(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text().splitlines()
    return dict(line.lower().split("==") for line in lines if "==" in line)


def test_only_opentelemetry_has_another_version() -> None:
    ours, peers = pins("constraints.txt"), pins("constraints-bench.txt")
    both = {name for name in ours.keys() & peers.keys() if ours[name] != peers[name]}
    assert all(name.startswith("opentelemetry-") for name in both), both


def test_the_peers_themselves_are_pinned() -> None:
    assert {"bentoml", "litserve"} <= pins("constraints-bench.txt").keys()
