"""The data sets as texts with labels, read the way the service reads a post.

Knows files and label names; nothing of models. ``TRAINABLE`` and ``MEASURE_ONLY`` are
the two lists of the data folder's README: a released weight may see the first alone.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TRAINABLE = frozenset({
    "tweeteval_sentiment", "sst5", "goemotions", "stanford_politeness",
    "formality_pavlick_sample1000", "squinky_formality", "enron_email_formality", "subj",
    "tweeteval_emotion", "tweeteval_irony", "emobank", "wikigold", "uner_english_ewt",
    "onestopenglish",
})  # fmt: skip
MEASURE_ONLY = frozenset({
    "financial_phrasebank", "clear_corpus", "langid_sample", "company_posts",
})  # fmt: skip

#: The project's own sentences, written for it, in this folder: business news and posts, and
#: verdicts on films.
BUSINESS, LATER, REVIEWS = "business", "business_later", "reviews"
_OWN = frozenset({BUSINESS, LATER, REVIEWS})

# What the sets put in place of names and links. The service blanks links and mentions
# (Document.masked), so the placeholders go too; a masked name reads best as a name.
_BLANKED = re.compile(r"@user\b|\bhttps?(?:://\S+|\b)|<url>|<email>|<phone>|#(?=\w)", re.IGNORECASE)
_NAME = re.compile(r"\[NAME\]|<person>", re.IGNORECASE)
_RELIGION = re.compile(r"\[RELIGION\]")


@dataclass(frozen=True, slots=True)
class Row:
    """One text and everything else its line holds."""

    text: str
    fields: dict[str, Any]


def read(data: Path, corpus: str, split: str) -> list[Row]:
    """The rows of one split, cleaned, without texts that are empty after it.

    Raises:
        PermissionError: a training split of a set that is for measuring alone.
        FileNotFoundError: the data folder has no such file.
    """
    if split == "train" and corpus not in TRAINABLE | _OWN:
        raise PermissionError(f"'{corpus}' may only be measured on, see the data folder's README.")
    return _rows(data, corpus, split)


def measured(data: Path, corpus: str, split: str) -> list[Row]:
    """The rows of any split of a set that is for measuring alone, cleaned.

    Raises:
        PermissionError: the set may be trained on, so that only its validation split measures.
    """
    if corpus not in MEASURE_ONLY:
        raise PermissionError(f"'{corpus}' may be trained on: read its validation split.")
    return _rows(data, corpus, split)


def _rows(data: Path, corpus: str, split: str) -> list[Row]:
    files = _files(data, corpus, split)
    return [row for path in files for row in map(_row, _lines(path)) if row.text]


def held_out(text: str) -> bool:
    """Whether a text is kept from training where a set comes as one file; 3 of 16 are.

    By the text itself, so that repeated texts stay on one side.
    """
    return hashlib.sha1(text.encode()).hexdigest()[0] in "012"


def has(data: Path, corpus: str, split: str) -> bool:
    """Whether there is such a split."""
    return corpus not in _OWN and (data / corpus / f"{split}.jsonl").is_file()


def _files(data: Path, corpus: str, split: str) -> list[Path]:
    if corpus in _OWN:
        return sorted((Path(__file__).parents[1] / "data" / corpus).glob("*.jsonl"))
    path = data / corpus / f"{split}.jsonl"
    if not path.is_file():
        raise FileNotFoundError(f"No {path}. Name the data folder with --data.")
    return [path]


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines)


def _row(fields: dict[str, Any]) -> Row:
    return Row(clean(fields["text"]), fields)


def clean(text: str) -> str:
    """The text as the service would hand it to the encoder."""
    named = _RELIGION.sub("religion", _NAME.sub("Sam", text))
    return _BLANKED.sub(" ", named).strip()


def without(rows: list[Row], held_out: list[Row]) -> list[Row]:
    """``rows`` less every text that ``held_out`` has too (some sets repeat across splits)."""
    seen = {_key(row.text) for row in held_out}
    return [row for row in rows if _key(row.text) not in seen]


def _key(text: str) -> str:
    # A text of emoji alone has no letters, and is only equal to itself.
    return re.sub(r"\W+", "", text.lower()) or text
