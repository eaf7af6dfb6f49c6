"""No result is wrong under load: an answer among others equals the answer alone."""

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from loadtest.bench.measurements import Findings
from loadtest.bench.targets import ROOT

TOLERANCE = 1e-3
#: Of an answer that says how it was computed, not what came of it.
_ASIDE = frozenset({"took_ms", "cache", "id"})
_TIMEOUT_S = 300
_INDEX = re.compile(r"\[\d+\]")
_SHOWN_PLACES = 8


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far answers under load are from the answers alone.

    Attributes:
        posts: compared.
        farthest: the largest difference of two numbers.
        others: posts whose labels, spans or sections differ.
        places: where answers differ by more than the tolerance, and how often.
    """

    posts: int
    farthest: float
    others: int
    places: Counter[str]


def compare(under_load: Mapping[str, bytes]) -> Agreement:
    """Compare answers, by their texts, to those of the analyzers in a process, one at a time."""
    texts = list(under_load)
    alone = _alone(texts)
    differences = [
        list(differing(orjson.loads(under_load[text]), answer))
        for text, answer in zip(texts, alone, strict=True)
    ]
    farthest = max((by or 0.0 for post in differences for _, by in post), default=0.0)
    others = sum(any(by is None for _, by in post) for post in differences)
    places = Counter(
        _INDEX.sub("", at)
        for post in differences
        for at, by in post
        if by is None or by > TOLERANCE
    )
    return Agreement(len(texts), farthest, others, places)


def add(findings: Findings, found: Agreement) -> None:
    """Note a comparison."""
    findings.add("postlens.agreement.farthest", found.farthest)
    findings.add("postlens.agreement.others", found.others)
    places = ", ".join(f"{at} {count}" for at, count in found.places.most_common(_SHOWN_PLACES))
    findings.say(
        f"answers under load and alone, {found.posts} posts: {found.others} with other labels or "
        f"spans, numbers differ by up to {found.farthest:.6f}; more than {TOLERANCE}: "
        f"{places or 'none'}"
    )


def differing(one: Any, other: Any, at: str = "") -> Iterator[tuple[str, float | None]]:
    """Where two answers differ: the place, and by how much if both are numbers there."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted((one.keys() | other.keys()) - _ASIDE):
            yield from differing(one.get(key), other.get(key), f"{at}.{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, pair in enumerate(zip(one, other, strict=True)):
            yield from differing(*pair, f"{at}[{index}]")
    elif isinstance(one, float) and isinstance(other, float):
        if one != other:
            yield at, abs(one - other)
    elif one != other:
        yield at, None


def _alone(texts: list[str]) -> list[Any]:
    done = subprocess.run(
        [sys.executable, "-m", "loadtest.bench.in_process", "answers"],
        input=orjson.dumps(texts), capture_output=True, cwd=ROOT, timeout=_TIMEOUT_S, check=True,
    )  # fmt: skip
    answers: list[Any] = orjson.loads(done.stdout.splitlines()[-1])
    return answers
