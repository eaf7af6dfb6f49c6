"""The real posts of company pages, and labels for them, if somebody has made them.

The posts belong to their authors, so the labels are stored by id, without any text:
``{"id": ..., "sentiment": ..., "entities": [[start, end, LABEL], ...]}`` a line, offsets in
code points of the post as it is written.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.datasets.entity_sets import EntitySpan
from training.datasets.folders import CARRIED
from training.datasets.json_lines import read_json_lines

CORPUS = "company_posts"
LABELS = CARRIED / CORPUS / "labels.jsonl"
#: What a results table says where there are none.
NO_LABELS = "no labels in training/data/company_posts"


@dataclass(frozen=True, slots=True)
class LabelledPost:
    """A post, its sentiment (one of ``label_maps.POLARITY``) and its names."""

    text: str
    sentiment: str
    entities: tuple[EntitySpan, ...]


def labelled_posts(data: Path, labels: Path = LABELS) -> list[LabelledPost]:
    """The labelled posts in the order of their labels; none where either file is absent."""
    texts = posts(data)
    if not (texts and labels.is_file()):
        return []
    rows = read_json_lines(labels)
    return [_labelled(texts[row["id"]], row) for row in rows if row["id"] in texts]


def posts(data: Path) -> dict[str, str]:
    """The posts' texts by id, as they are written; none where there is no such file."""
    path = data / CORPUS / "posts.jsonl"
    return {row["id"]: row["text"] for row in read_json_lines(path)} if path.is_file() else {}


def _labelled(text: str, row: dict[str, Any]) -> LabelledPost:
    entities = tuple(EntitySpan(*entity) for entity in row["entities"])
    return LabelledPost(text, row["sentiment"], entities)
