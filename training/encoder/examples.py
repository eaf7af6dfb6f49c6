"""Windows with what they teach, and many of them as flat arrays."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.encoder.fit.sets import ANY_TAG, MOST_SPANS, NOT_JUDGED, Task
from training.encoder.windows import TokenWindow

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Target:
    """What is right for one task on one span: a class number, or a value for each output."""

    task: str
    values: float | tuple[float, ...]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class SpanTargets:
    """What the tokens [first, last) teach together; without targets, what teachers say of them."""

    first: int
    last: int
    targets: tuple[Target, ...] = ()


@dataclass(slots=True)
class Example:
    """A window and what it teaches.

    Attributes:
        ids, casings: of each token, (n,).
        spans: ``MOST_SPANS`` of them at most.
        tags: a bit for each tag that a token may have, or ``ANY_TAG``, (n,).
        keys: whether a token is in a key phrase: 0, 1 or ``NOT_JUDGED``, (n,).
    """

    ids: Integers
    casings: Integers
    spans: list[SpanTargets] = field(default_factory=list)
    tags: Integers = field(default_factory=lambda: np.zeros(0, np.int64))
    keys: Integers = field(default_factory=lambda: np.zeros(0, np.int64))

    def __post_init__(self) -> None:
        self.spans = self.spans[:MOST_SPANS]
        if not len(self.tags):
            self.tags = np.full(len(self), ANY_TAG)
        if not len(self.keys):
            self.keys = np.full(len(self), NOT_JUDGED)

    def __len__(self) -> int:
        return len(self.ids)


def example(window: TokenWindow, spans: Iterable[SpanTargets] = (), **judged: Integers) -> Example:
    """The window with these spans, without any that is empty; ``tags`` and ``keys`` if given."""
    there = [span for span in spans if span.first < span.last]
    return Example(window.tokens.ids, window.casings, there, **judged)


def whole(window: TokenWindow, targets: Iterable[Target] = ()) -> SpanTargets:
    """All of the window as one span."""
    return SpanTargets(0, len(window), tuple(targets))


def side_by_side(examples: Sequence[Example]) -> Example:
    """Texts in one window, each with its own spans."""
    ids, casings = (
        np.concatenate([getattr(each, name) for each in examples]) for name in ("ids", "casings")
    )
    offsets = np.cumsum([0, *map(len, examples)]).tolist()
    spans = [
        SpanTargets(span.first + offset, span.last + offset, span.targets)
        for each, offset in zip(examples, offsets, strict=False)
        for span in each.spans
    ]
    return Example(ids, casings, spans)


def pack(sets: Mapping[str, Sequence[Example]], tasks: Iterable[Task]) -> dict[str, NDArray[Any]]:
    """All examples as flat arrays by name, as ``fit.sets.PackedSets`` reads them.

    Args:
        sets: examples by the name of their set, 255 sets at most.
        tasks: those that have targets.
    """
    examples = [each for group in sets.values() for each in group]
    spans = [span for each in examples for span in each.spans]
    arrays: dict[str, NDArray[Any]] = {
        "sets": np.array(list(sets)),
        "set": np.repeat(np.arange(len(sets), dtype=np.uint8), [*map(len, sets.values())]),
        "lengths": np.array([*map(len, examples)], np.int32),
        "ids": _joined([each.ids for each in examples], np.uint16),
        "casings": _joined([each.casings for each in examples], np.uint8),
        "tags": _joined([each.tags for each in examples], np.uint16),
        "keys": _joined([each.keys for each in examples], np.uint8),
        "span_counts": np.array([len(each.spans) for each in examples], np.uint8),
        "spans": np.array([(s.first, s.last) for s in spans], np.uint8).reshape(-1, 2),
    }
    for task in tasks:
        arrays |= _packed_targets(task, spans)
    return arrays


def _joined(parts: Sequence[Integers], dtype: type) -> NDArray[Any]:
    return np.concatenate([np.zeros(0, np.int64), *parts]).astype(dtype)


def _packed_targets(task: Task, spans: Sequence[SpanTargets]) -> dict[str, NDArray[Any]]:
    numbered = [
        (number, target)
        for number, span in enumerate(spans)
        for target in span.targets
        if target.task == task.name
    ]
    values = np.array([target.values for _, target in numbered], np.float16)
    name = f"target {task.name}"
    return {
        f"{name} span": np.array([number for number, _ in numbered], np.int32),
        f"{name} weight": np.array([target.weight for _, target in numbered], np.float16),
        f"{name} values": values.reshape(len(numbered), -1 if numbered else 1),
    }
