"""How long the start of the application is waited for."""

from types import SimpleNamespace

import pytest
from ray import serve

from serve_app.standalone import cluster
from serve_app.standalone.errors import ClusterError


def _status_is(monkeypatch: pytest.MonkeyPatch, status: str, message: str = "") -> None:
    application = SimpleNamespace(status=status, message=message, deployments={})
    there = SimpleNamespace(applications={cluster.APPLICATION: application})
    monkeypatch.setattr(serve, "status", lambda: there)
    monkeypatch.setattr(cluster, "_POLL_S", 0.0)


def test_what_answers_is_not_ended_for_a_replica_that_is_not_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _status_is(monkeypatch, "DEPLOYING")
    asked = iter([False, False, True])
    cluster._wait_until_running(lambda: next(asked))
    assert list(asked) == []


def test_what_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    _status_is(monkeypatch, "DEPLOYING")
    monkeypatch.setattr(cluster, "_START_TIMEOUT_S", 0.01)
    with pytest.raises(ClusterError, match="was not up after"):
        cluster._wait_until_running(lambda: False)


def test_what_cannot_start_says_why_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    _status_is(monkeypatch, "DEPLOY_FAILED", "Traceback ...\nValueError: no such model")
    with pytest.raises(ClusterError, match="no such model"):
        cluster._wait_until_running(lambda: True)
