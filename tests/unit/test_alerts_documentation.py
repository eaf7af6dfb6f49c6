"""docs/alerts.md: its example verifies what the service signs, its limits are those of the code."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from serve_app.alerts.baseline import LENGTHS
from serve_app.alerts.calibration import BASELINE_DAYS, LEAST_BASELINE_POSTS, SENSITIVITIES
from serve_app.alerts.detector import RETURN_HOURS, SETTLED_DAYS
from serve_app.alerts.measures import MEASURES
from serve_app.alerts.rules import MAX_RULES
from serve_app.alerts.schemas import MAX_HOURS, MAX_POSTS
from serve_app.webhooks.signing import new_secret, shown_secret, signed_headers
from serve_app.webhooks.webhooks import MAX_WEBHOOKS

PAGE = (Path(__file__).parents[2] / "docs" / "alerts.md").read_text(encoding="utf-8")


@pytest.fixture
def verified() -> Callable[..., bool]:
    """The function of the page."""
    [example] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, Any] = {}
    exec(example, names)
    function: Callable[..., bool] = names["verified"]
    return function


def test_the_example_takes_what_is_signed(verified: Callable[..., bool]) -> None:
    secret, before = new_secret(), new_secret()
    body = b'{"type":"alert.raised"}'
    now = int(time.time())
    headers = signed_headers("m-1", body, timestamp=now, secrets=[secret, before])
    assert verified(shown_secret(secret), headers, body)
    assert verified(shown_secret(before), headers, body)


def test_the_example_refuses_what_is_forged_or_old(verified: Callable[..., bool]) -> None:
    secret, body, now = new_secret(), b"{}", int(time.time())
    shown, headers = (
        shown_secret(secret),
        signed_headers("m", body, timestamp=now, secrets=[secret]),
    )
    assert not verified(shown, headers, b"{ }")
    assert not verified(shown, {**headers, "webhook-id": "n"}, body)
    assert not verified(shown_secret(new_secret()), headers, body)
    old = signed_headers("m", body, timestamp=now - 400, secrets=[secret])
    assert not verified(shown, old, body)


def test_the_figures_of_the_page_are_those_of_the_code() -> None:
    windows = ", ".join(map(str, LENGTHS[:-1])) + f" and {LENGTHS[-1]} hours"
    floors = {name: f"{sensitivity.floor:g}" for name, sensitivity in SENSITIVITIES.items()}
    for told in (
        f"up to {MAX_RULES} rules",
        f"up to {MAX_WEBHOOKS} webhooks",
        f"The {BASELINE_DAYS} days before",
        f"at least {LEAST_BASELINE_POSTS} posts",
        f"1 to {MAX_HOURS}, the longest window",
        f"1 to {MAX_POSTS:,}; windows",
        f"at least {RETURN_HOURS} hours speak",
        f"after {SETTLED_DAYS} days",
        windows,
        f"{floors['medium']} (`medium`), {floors['low']} (`low`) or {floors['high']} (`high`)",
    ):
        assert told in " ".join(PAGE.split()), told


def test_the_measures_of_the_page_are_those_of_the_code() -> None:
    named = set(re.findall(r"`([a-z]+[_:]?[a-z]*)`", PAGE.split("| `measure` |")[1].split("|")[0]))
    assert named <= set(MEASURES)
    plain = {name for name in MEASURES if ":" not in name}
    assert plain <= named
