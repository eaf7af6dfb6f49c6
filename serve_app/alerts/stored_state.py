"""The state of a rule as JSON in its row, and what of it is shown."""

from typing import Any

import orjson
from pydantic import TypeAdapter

from serve_app.alerts.baseline import TrendBaseline
from serve_app.alerts.hourly import time_of
from serve_app.alerts.scan import ChangePoint
from serve_app.alerts.watching import WatchState
from serve_app.response.timestamps import rfc3339

_STATE = TypeAdapter(WatchState)
_DECIMALS = 6


def encode_state(state: WatchState) -> str:
    """As JSON."""
    return _STATE.dump_json(state).decode()


def decode_state(stored: str) -> WatchState:
    """The state that :func:`encode_state` was given; a new rule's is an empty object."""
    return _STATE.validate_json(stored)


def encode_reading(state: WatchState, finding: ChangePoint | None) -> str:
    """What an evaluation has seen, as JSON."""
    shown: dict[str, Any] = {"baseline": None, "current": None, "threshold": None}
    if state.calibration is not None:
        shown["baseline"] = _shown_baseline(state.calibration.baseline)
        shown["threshold"] = round(state.calibration.threshold, 2)
    if finding is not None:
        shown["current"] = {
            "value": round(finding.value, _DECIMALS),
            "expected": round(finding.expected, _DECIMALS),
            "posts": finding.posts,
            "hours": finding.hours,
            "score": round(finding.score, 2),
        }
    return orjson.dumps(shown).decode()


def _shown_baseline(baseline: TrendBaseline) -> dict[str, Any]:
    return {
        "value": round(baseline.level, _DECIMALS),
        "posts": int(baseline.posts),
        "since": rfc3339(time_of(baseline.since)),
        "until": rfc3339(time_of(baseline.until)),
    }
