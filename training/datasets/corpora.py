"""The data sets as texts with labels, read the way the service reads a post.

Knows files and label names; nothing of models. A released weight may be trained only on the
sets that the manifest of :mod:`training.datasets.sources` gives for training, and on the
project's own sentences.
"""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.datasets.folders import CARRIED, split_file
from training.datasets.json_lines import read_json_lines
from training.datasets.sources import measuring_sets, trainable_sets

#: The project's own sentences, written for it: business news and posts, and verdicts on films.
BUSINESS, BUSINESS_LATER, REVIEWS = "business", "business_later", "reviews"
_TWEETS = "xlmt_sentiment"
_CARRIED_SETS = frozenset({BUSINESS, BUSINESS_LATER, REVIEWS})

# What the sets put in place of names and links. The service blanks links and mentions
# (Document.masked), so the placeholders go too; a masked name reads best as a name.
_BLANKED = re.compile(r"@user\b|\bhttps?(?:://\S+|\b)|<url>|<email>|<phone>|#(?=\w)", re.IGNORECASE)
_NAME = re.compile(r"\[NAME\]|<person>", re.IGNORECASE)
_RELIGION = re.compile(r"\[RELIGION\]")


@dataclass(frozen=True, slots=True)
class LabelledText:
    """One text and everything else its line holds."""

    text: str
    fields: dict[str, Any]


def read(data: Path, corpus: str, split: str, *, language: str | None = None) -> list[LabelledText]:
    """The texts of one split, cleaned, without those that are empty after it.

    Args:
        language: ISO 639-1 code, for a set that has a file for each language.

    Raises:
        PermissionError: a training split of a set that is for measuring alone.
        FileNotFoundError: the data folder has no such file.
    """
    if split == "train" and corpus not in trainable_sets() | _CARRIED_SETS:
        raise PermissionError(f"'{corpus}' may only be measured on, see training/data/README.md.")
    return _read(data, corpus, split, language)


def read_for_measuring(
    data: Path, corpus: str, split: str, *, language: str | None = None
) -> list[LabelledText]:
    """The texts of any split of a set that is for measuring alone, cleaned.

    Raises:
        PermissionError: the set may be trained on, so that only its validation split measures.
    """
    if corpus not in measuring_sets():
        raise PermissionError(f"'{corpus}' may be trained on: read its validation split.")
    return _read(data, corpus, split, language)


def read_unseen(data: Path, corpus: str) -> list[LabelledText]:
    """The validation split, less the texts that XLM-T's English training split has of it.

    Three quarters of that split are texts of TweetEval's validation split.
    """
    texts = read(data, corpus, "validation")
    if not has_split(data, _TWEETS, "train", language="en"):
        return texts
    return without(texts, read(data, _TWEETS, "train", language="en"))


def _read(data: Path, corpus: str, split: str, language: str | None) -> list[LabelledText]:
    if corpus in _CARRIED_SETS:
        paths = sorted((CARRIED / corpus).glob("*.jsonl"))
    else:
        paths = [split_file(data, corpus, split, language)]
    rows = (
        LabelledText(clean(fields["text"]), fields)
        for path in paths
        for fields in read_json_lines(path)
    )
    return [row for row in rows if row.text]


def is_held_out(text: str) -> bool:
    """Whether a text is kept from training where a set comes as one file; 3 of 16 are.

    By the text itself, so that repeated texts stay on one side.
    """
    return hashlib.sha1(text.encode()).hexdigest()[0] in "012"


def has_split(data: Path, corpus: str, split: str, *, language: str | None = None) -> bool:
    """Whether there is such a split of a public set."""
    return corpus not in _CARRIED_SETS and split_file(data, corpus, split, language).is_file()


def clean(text: str) -> str:
    """The text as the service would hand it to the encoder."""
    with_names = _RELIGION.sub("religion", _NAME.sub("Sam", text))
    return _BLANKED.sub(" ", with_names).strip()


def without(rows: list[LabelledText], excluded: list[LabelledText]) -> list[LabelledText]:
    """``rows`` less every text that ``excluded`` has too (some sets repeat across splits)."""
    keys = {_key(row.text) for row in excluded}
    return [row for row in rows if _key(row.text) not in keys]


def _key(text: str) -> str:
    # A text of emoji alone has no letters, and is only equal to itself.
    return re.sub(r"\W+", "", text.lower()) or text
