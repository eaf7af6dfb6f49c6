"""The dashboard and the alerts ask for metrics that exist, and alerts say what to do."""

import json
import re
from typing import Any, cast

import pytest
import yaml
from ray.serve import metrics

from serve_app.drafts.channel import DraftCounts
from serve_app.metrics.levels import MetricsReporter
from serve_app.metrics.requests import RequestMetrics
from tests.project.manifests import ROOT


def dashboard() -> dict[str, Any]:
    content: dict[str, Any] = json.loads((ROOT / "k8s/base/dashboards/postlens.json").read_text())
    return content


def alerts() -> list[dict[str, Any]]:
    rule = yaml.safe_load((ROOT / "k8s/base/alerts.yaml").read_text())
    return [alert for group in rule["spec"]["groups"] for alert in group["rules"]]


def expressions() -> list[str]:
    shown = [t["expr"] for panel in dashboard()["panels"] for t in panel["targets"]]
    return shown + [alert["expr"] for alert in alerts()]


def test_alerts_say_what_and_what_to_do() -> None:
    for alert in alerts():
        assert set(alert) == {"alert", "expr", "for", "labels", "annotations"}
        assert alert["labels"]["severity"] in ("warning", "critical")
        assert set(alert["annotations"]) == {"summary", "action"}


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names under which a replica registers its metrics with Ray."""
    names: set[str] = set()

    def register(name: str, *_: object, **__: object) -> None:
        names.add(name)

    for kind in ("Counter", "Gauge", "Histogram"):
        monkeypatch.setattr(metrics, kind, register)
    MetricsReporter(cast(Any, None), RequestMetrics(), DraftCounts())
    return names


def test_dashboards_and_alerts_use_metrics_that_the_service_writes(registered: set[str]) -> None:
    used = {
        re.sub(r"_(total|bucket|count|sum)$", "", name)
        for expression in expressions()
        for name in re.findall(r"ray_(postlens_\w+)", expression)
    }
    assert used, "no panel shows a metric of ours"
    assert used <= registered


def test_every_expression_is_balanced() -> None:
    for expression in expressions():
        for left, right in ("()", "[]", "{}"):
            assert expression.count(left) == expression.count(right), expression


def test_panels_do_not_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in dashboard()["panels"]:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells
