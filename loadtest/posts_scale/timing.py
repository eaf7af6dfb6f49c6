"""Requests to the running API, one at a time, and what each takes until its body is read."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import numpy as np
import orjson

from loadtest.posts_scale.processor_clock import ProcessorClock
from loadtest.posts_scale.queries import Parameters, RequestKind, RequestValues

_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class TimedKind:
    """Requests of one kind.

    Attributes:
        name: of the kind.
        milliseconds: of each, by the clock on the wall.
        cpu_milliseconds: of each, in the client, the service and Postgres together.
        slowest: parameters of the one that took most of the processor.
        given: posts, or other items, in all answers.
    """

    name: str
    milliseconds: Sequence[float]
    cpu_milliseconds: Sequence[float]
    slowest: Parameters = field(default_factory=dict)
    given: int = 0


def percentile(milliseconds: Sequence[float], share: float) -> float:
    """Linear between the two nearest."""
    return float(np.percentile(milliseconds, share))


def time_kind(
    client: httpx.Client,
    clock: ProcessorClock,
    kind: RequestKind,
    values: RequestValues,
    requests: int,
) -> TimedKind:
    """Send so many requests of a kind.

    Raises:
        RuntimeError: one is not answered with success.
    """
    took_ms, cpu_ms, asked, given = [], [], list[Parameters](), 0
    for _ in range(requests):
        asked.append(kind.parameters(values))
        cursor = _turned(client, kind, asked[-1])
        cpu_began, began = clock.seconds(), time.perf_counter()
        body = _get(client, kind.path, {**asked[-1], **cursor})
        took_ms.append((time.perf_counter() - began) * 1_000)
        cpu_ms.append((clock.seconds() - cpu_began) * 1_000)
        given += _items(body)
    return TimedKind(kind.name, took_ms, cpu_ms, asked[int(np.argmax(cpu_ms))], given)


def _turned(client: httpx.Client, kind: RequestKind, parameters: Parameters) -> Parameters:
    """The cursor of the page that is to be timed; of the last one, where there are fewer."""
    cursor: dict[str, Any] = {}
    for _ in range(kind.pages - 1):
        following = orjson.loads(_get(client, kind.path, {**parameters, **cursor}))["next_cursor"]
        if following is None:
            break
        cursor = {"cursor": following}
    return cursor


def _get(client: httpx.Client, path: str, parameters: Parameters) -> bytes:
    response = client.get(path, params=parameters, timeout=_TIMEOUT_S)
    if response.status_code != httpx.codes.OK:
        raise RuntimeError(
            f"{path} {parameters} was answered {response.status_code}: {response.text}"
        )
    return response.content


def _items(body: bytes) -> int:
    answer = orjson.loads(body)
    return len(answer.get("items") or answer.get("series") or ())
