"""Texts with the names in them: the sets' labels brought to ours.

Knows files and label names; nothing of models. Hashtags, mentions, links and emoji are
blanked, as the service does before it reads, and names in them are left out.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from deployments.entities.mention import NAME_LABELS
from deployments.text.document import Document

_COMMON = {"PER": "PERSON", "ORG": "ORG", "LOC": "LOC"}
_WNUT = {
    "person": "PERSON", "location": "LOC", "corporation": "ORG", "group": "ORG",
    "product": "PRODUCT", "creative-work": "WORK",
}  # fmt: skip
#: Sets that may be trained on, with their labels as ours.
LABELS: Mapping[str, Mapping[str, str]] = {
    "wnut17": _WNUT, "broad_twitter_corpus": _COMMON, "tweebank_ner": _COMMON,
    "wikigold": _COMMON, "uner_english_ewt": _COMMON,
}  # fmt: skip
#: The project's own texts, written for it, marked as ``[Siemens|ORG]``.
OWN = "own"
_MARK = re.compile(r"\[([^\[\]|]+)\|([A-Z]+)\]")


@dataclass(frozen=True, slots=True)
class Named:
    """``text[start:end]`` is a ``label``; MISC is a name of a kind that the set does not tell."""

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class Text:
    """A text, the names in it, and the labels that whoever marked it knew."""

    text: str
    names: tuple[Named, ...]
    known: frozenset[str]


def read(data: Path, corpus: str, split: str) -> list[Text]:
    """The texts of one split, signals blanked.

    Raises:
        PermissionError: the set is none that may be trained on.
    """
    if corpus == OWN:
        return [_blanked(*_unmarked(line), frozenset(NAME_LABELS)) for line in _own_lines()]
    if corpus not in LABELS:
        raise PermissionError(f"'{corpus}' may not be trained on, see the data folder's README.")
    path = data / corpus / f"{split}.jsonl"
    return [text for text, _ in labelled(path, LABELS[corpus])]


def labelled(path: Path, labels: Mapping[str, str]) -> Iterator[tuple[Text, Document]]:
    """The texts of a file, with the documents that the service reads."""
    known = frozenset(labels.values())
    with path.open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            names = [
                Named(e["start"], e["end"], labels.get(e["label"], "MISC"))
                for e in row["entities"]
                if e["label"] in labels or e["label"] == "MISC"
            ]
            document = Document.read(row["text"])
            yield _of(document, names, known), document


def _blanked(text: str, names: list[Named], known: frozenset[str]) -> Text:
    return _of(Document.read(text), names, known)


def _of(document: Document, names: list[Named], known: frozenset[str]) -> Text:
    clear = document.masked("hashtags", "mentions", "links", "emoji")
    kept = (n for n in names if clear[n.start : n.end] == document.plain[n.start : n.end])
    return Text(clear, tuple(kept), known)


def _own_lines() -> Iterator[str]:
    for path in sorted((Path(__file__).parents[1] / "data" / "names").glob("*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            yield from (json.loads(line)["marked"] for line in lines)


def _unmarked(marked: str) -> tuple[str, list[Named]]:
    text, names, done = "", [], 0
    for match in _MARK.finditer(marked):
        text += marked[done : match.start()]
        names.append(Named(len(text), len(text) + len(match[1]), match[2]))
        text += match[1]
        done = match.end()
    return text + marked[done:], names
