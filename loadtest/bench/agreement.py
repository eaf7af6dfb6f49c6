"""No result is wrong under load: an answer among others equals the answer alone."""

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from loadtest.bench.measurements import Measurements
from loadtest.paths import ROOT

TOLERANCE = 1e-3
#: Fields of an answer that say how it was computed, not what came of it.
_IGNORED = frozenset({"took_ms", "cache", "id"})
_TIMEOUT_S = 300
_INDEX = re.compile(r"\[\d+\]")
_LISTED_PATHS = 8


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far answers under load are from the answers alone.

    Attributes:
        posts: compared.
        largest_difference: of two numbers.
        other_posts: posts whose labels, spans or sections differ.
        paths: fields in which answers differ by more than the tolerance, and how often.
    """

    posts: int
    largest_difference: float
    other_posts: int
    paths: Counter[str]

    def summary(self) -> str:
        """One line for people."""
        paths = ", ".join(f"{path} {n}" for path, n in self.paths.most_common(_LISTED_PATHS))
        return (
            f"answers under load and alone, {self.posts} posts: {self.other_posts} with other "
            f"labels or spans, numbers differ by up to {self.largest_difference:.6f}; "
            f"more than {TOLERANCE}: {paths or 'none'}"
        )


def compare(under_load: Mapping[str, bytes]) -> Agreement:
    """Compare answers, by their texts, to those of the analyzers in a process, one at a time."""
    texts = list(under_load)
    alone = _answers_alone(texts)
    differences = [
        list(differing(orjson.loads(under_load[text]), answer))
        for text, answer in zip(texts, alone, strict=True)
    ]
    paths = Counter(
        _INDEX.sub("", path)
        for post in differences
        for path, by in post
        if by is None or by > TOLERANCE
    )
    return Agreement(
        posts=len(texts),
        largest_difference=max((by or 0.0 for post in differences for _, by in post), default=0.0),
        other_posts=sum(any(by is None for _, by in post) for post in differences),
        paths=paths,
    )


def add(measurements: Measurements, agreement: Agreement) -> None:
    """Note a comparison."""
    measurements.add("postlens.agreement.largest_difference", agreement.largest_difference)
    measurements.add("postlens.agreement.other_posts", agreement.other_posts)
    measurements.say(agreement.summary())


def differing(one: Any, other: Any, path: str = "") -> Iterator[tuple[str, float | None]]:
    """Where two answers differ: the field, and by how much if both have a number there."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted((one.keys() | other.keys()) - _IGNORED):
            yield from differing(one.get(key), other.get(key), f"{path}.{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, pair in enumerate(zip(one, other, strict=True)):
            yield from differing(*pair, f"{path}[{index}]")
    elif isinstance(one, float) and isinstance(other, float):
        if one != other:
            yield path, abs(one - other)
    elif one != other:
        yield path, None


def _answers_alone(texts: list[str]) -> list[Any]:
    process = subprocess.run(
        [sys.executable, "-m", "loadtest.bench.in_process", "answers"],
        input=orjson.dumps(texts), capture_output=True, cwd=ROOT, timeout=_TIMEOUT_S, check=True,
    )  # fmt: skip
    answers: list[Any] = orjson.loads(process.stdout.splitlines()[-1])
    return answers
