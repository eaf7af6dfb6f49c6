"""The real posts of company pages, and labels for them, if somebody has made them.

The posts belong to their authors, so the labels are kept by id, without any text:
``{"id": ..., "sentiment": ..., "entities": [[start, end, LABEL], ...]}`` a line, offsets in
code points of the post as it is written.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.evaluation.names import Named

CORPUS = "company_posts"
FILE = Path(__file__).resolve().parents[1] / "data" / CORPUS / "labels.jsonl"


@dataclass(frozen=True, slots=True)
class Labelled:
    """A post, its sentiment (one of ``label_maps.POLARITY``) and its names."""

    text: str
    sentiment: str
    names: tuple[Named, ...]


def labelled_posts(data: Path, file: Path = FILE) -> list[Labelled]:
    """The labelled posts in the order of their labels; none where either file is absent."""
    texts = posts(data)
    if not (texts and file.is_file()):
        return []
    return [_labelled(texts[row["id"]], row) for row in _lines(file) if row["id"] in texts]


def posts(data: Path) -> dict[str, str]:
    """The posts' texts by id, as they are written; none where there is no such file."""
    path = data / CORPUS / "posts.jsonl"
    return {row["id"]: row["text"] for row in _lines(path)} if path.is_file() else {}


def _labelled(text: str, row: dict[str, Any]) -> Labelled:
    names = tuple((int(start), int(end), str(label)) for start, end, label in row["entities"])
    return Labelled(text, row["sentiment"], names)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines)
