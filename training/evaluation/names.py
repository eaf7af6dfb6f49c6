"""The sets with names in them, and how found names are compared with the true ones.

Knows files, spans and labels; nothing of models. Hashtags and mentions are signals in
PostLens, not names: they are left out of the gold.
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deployments.text.document import Document

#: Code point offsets ``start``, ``end`` and one of our labels.
Named = tuple[int, int, str]

#: The labels of the sets, to ours.
COMMON = {"PER": "PERSON", "ORG": "ORG", "LOC": "LOC"}
WNUT = {
    "person": "PERSON", "location": "LOC", "corporation": "ORG", "group": "ORG",
    "product": "PRODUCT", "creative-work": "WORK",
}  # fmt: skip

#: What a reader does not take for part of a name's text.
BLANKED = ("hashtags", "mentions", "links", "emoji")


@dataclass(frozen=True, slots=True)
class Example:
    """A text and what is truly named in it."""

    document: Document
    names: frozenset[Named]


def read(
    path: Path, labels: Mapping[str, str], *, keep: Callable[[str], bool] | None = None
) -> list[Example]:
    """The texts of a file that ``keep`` takes, as they are written, labels mapped to ours."""
    with path.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [_example(row, labels) for row in rows if keep is None or keep(row["text"])]


def _example(row: Mapping[str, Any], labels: Mapping[str, str]) -> Example:
    entities = ((e["start"], e["end"], e["label"]) for e in row["entities"])
    return example(row["text"], ((s, e, labels[k]) for s, e, k in entities if k in labels))


def example(text: str, names: Iterable[Named]) -> Example:
    """A text with those of its names that touch no hashtag, mention, link or emoji."""
    document = Document.read(text)
    clear = document.masked(*BLANKED)
    return Example(
        document, frozenset((s, e, k) for s, e, k in names if clear[s:e] == document.plain[s:e])
    )


def f1(
    gold: Sequence[Collection[Named]], found: Sequence[Collection[Named]], labels: Collection[str]
) -> tuple[float, float, float]:
    """Micro precision, recall and F1 over the given labels; span and label must be equal."""
    pairs = [(_of(g, labels), _of(f, labels)) for g, f in zip(gold, found, strict=True)]
    right = sum(len(g & f) for g, f in pairs)
    precision = right / max(1, sum(len(f) for _, f in pairs))
    recall = right / max(1, sum(len(g) for g, _ in pairs))
    return precision, recall, 2 * right / max(1, sum(len(g) + len(f) for g, f in pairs))


def _of(names: Collection[Named], labels: Collection[str]) -> set[Named]:
    return {name for name in names if name[2] in labels}
