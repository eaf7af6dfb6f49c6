"""Texts with the names in them: the sets' labels brought to the service's.

Knows files and label names; nothing of models. Hashtags, mentions, links and emoji are
blanked, as the service does before it reads, and names in them are left out.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from deployments.entities.mention import NAME_LABELS
from deployments.text.document import Document
from training.datasets.corpora import is_held_out
from training.datasets.folders import CARRIED, split_file
from training.datasets.json_lines import read_json_lines
from training.datasets.sources import measuring_sets

#: The labels of the sets, to the service's.
CONLL_LABELS = {"PER": "PERSON", "ORG": "ORG", "LOC": "LOC"}
WNUT_LABELS = {
    "person": "PERSON", "location": "LOC", "corporation": "ORG", "group": "ORG",
    "product": "PRODUCT", "creative-work": "WORK",
}  # fmt: skip
#: Sets that may be trained on, with the map of their labels.
LABEL_MAPS: Mapping[str, Mapping[str, str]] = {
    "wnut17": WNUT_LABELS, "broad_twitter_corpus": CONLL_LABELS, "tweebank_ner": CONLL_LABELS,
    "wikigold": CONLL_LABELS, "uner_english_ewt": CONLL_LABELS,
    "uner": CONLL_LABELS, "germeval2014": CONLL_LABELS, "swedish_news_ner": CONLL_LABELS,
    "kpwr_ner": CONLL_LABELS, "europeana_ner": CONLL_LABELS,
}  # fmt: skip
#: Come as one file: the texts of ``corpora.is_held_out`` are their validation split.
_ONE_FILE_SETS = frozenset({"swedish_news_ner", "uner_english_ewt"})
#: The project's own texts, written for it, marked as ``[Siemens|ORG]``.
CARRIED_TEXTS = "own"
_MARK = re.compile(r"\[([^\[\]|]+)\|([A-Z]+)\]")


class EntitySpan(NamedTuple):
    """``text[start:end]`` is a ``label``; MISC is a name of a kind that the set does not tell."""

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class EntityText:
    """A text and the names in it.

    Attributes:
        text: with signals blanked; offsets are those of the text as written.
        spans: the names, in the order of their set.
        labels: those that whoever marked the text could give.
    """

    text: str
    spans: tuple[EntitySpan, ...]
    labels: frozenset[str]


@dataclass(frozen=True, slots=True)
class EntityDocument:
    """A text as the service reads it, and the same with the names in it."""

    document: Document
    marked: EntityText

    @property
    def spans(self) -> frozenset[EntitySpan]:
        """The names, in no order."""
        return frozenset(self.marked.spans)

    @property
    def as_written(self) -> EntityText:
        """The names in the text with its signals."""
        return replace(self.marked, text=self.document.text)


def read(data: Path, corpus: str, split: str, *, language: str | None = None) -> list[EntityText]:
    """The texts of one split, signals blanked.

    Args:
        language: ISO 639-1 code, for a set that has a file for each language.

    Raises:
        PermissionError: the set is none that may be trained on.
        FileNotFoundError: the data folder has no such file.
    """
    return [each.marked for each in _read(data, corpus, split, language)]


def read_as_written(
    data: Path, corpus: str, split: str, *, language: str | None = None
) -> list[EntityText]:
    """As ``read``, with the signals as they were written."""
    return [each.as_written for each in _read(data, corpus, split, language)]


def _read(data: Path, corpus: str, split: str, language: str | None) -> list[EntityDocument]:
    if corpus == CARRIED_TEXTS:
        return _read_carried()
    return read_split(data, corpus, split, language=language)


def read_split(
    data: Path, corpus: str, split: str, *, language: str | None = None
) -> list[EntityDocument]:
    """The texts of one split of a public set, with the documents that the service reads.

    Raises:
        PermissionError, FileNotFoundError: as ``read``.
    """
    if corpus not in LABEL_MAPS:
        raise PermissionError(f"'{corpus}' may not be trained on, see training/data/README.md.")
    labels = LABEL_MAPS[corpus]
    if corpus not in _ONE_FILE_SETS:
        return read_documents(split_file(data, corpus, split, language), labels)
    path, held_out = split_file(data, corpus, "train", language), split == "validation"
    return read_documents(path, labels, keep=lambda text: is_held_out(text) == held_out)


def read_for_measuring(data: Path, corpus: str, language: str) -> list[EntityDocument]:
    """The validation split of a set that is for measuring alone, with CoNLL's labels.

    Raises:
        PermissionError: the set may be trained on; ``read_split`` reads it.
        FileNotFoundError: the data folder has no such file.
    """
    if corpus not in measuring_sets():
        raise PermissionError(f"'{corpus}' may be trained on: read its validation split.")
    return read_documents(split_file(data, corpus, "validation", language), CONLL_LABELS)


def read_documents(
    path: Path, labels: Mapping[str, str], *, keep: Callable[[str], bool] = lambda text: True
) -> list[EntityDocument]:
    """The texts of a file that ``keep`` takes, with the documents that the service reads."""
    return [
        marked_document(row["text"], _spans(row["entities"], labels), labels.values())
        for row in read_json_lines(path)
        if keep(row["text"])
    ]


def _spans(
    entities: Iterable[Mapping[str, str | int]], labels: Mapping[str, str]
) -> Iterable[EntitySpan]:
    for entity in entities:
        label = str(entity["label"])
        if label in labels or label == "MISC":
            yield EntitySpan(int(entity["start"]), int(entity["end"]), labels.get(label, "MISC"))


def marked_document(
    text: str, spans: Iterable[EntitySpan], labels: Iterable[str]
) -> EntityDocument:
    """A text with those of its names that touch no hashtag, mention, link or emoji."""
    document = Document.read(text)
    masked = document.masked("hashtags", "mentions", "links", "emoji")
    untouched = (s for s in spans if masked[s.start : s.end] == document.plain[s.start : s.end])
    return EntityDocument(document, EntityText(masked, tuple(untouched), frozenset(labels)))


def _read_carried() -> list[EntityDocument]:
    return [
        marked_document(*parse_marks(row["marked"]), NAME_LABELS)
        for path in sorted((CARRIED / "names").glob("*.jsonl"))
        for row in read_json_lines(path)
    ]


def parse_marks(marked: str) -> tuple[str, list[EntitySpan]]:
    """The text without its marks, and the names that they gave."""
    text, spans, end = "", [], 0
    for match in _MARK.finditer(marked):
        text += marked[end : match.start()]
        spans.append(EntitySpan(len(text), len(text) + len(match[1]), match[2]))
        text += match[1]
        end = match.end()
    return text + marked[end:], spans
