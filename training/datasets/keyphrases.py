"""The key phrase sets, and when two phrases count as the same.

Knows files and stems; nothing of models.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from deployments.text.document import Document
from training.datasets.json_lines import read_json_lines

#: The halves of the Stack Exchange sample, which comes as one file: fit on one, measure the other.
HALF = 1_000


@dataclass(frozen=True, slots=True)
class KeyphraseText:
    """A text and the stemmed key phrases that people gave it."""

    document: Document
    keyphrases: frozenset[str]


def inspec(data: Path, split: str) -> list[KeyphraseText]:
    """Inspec's abstracts with the uncontrolled keys (Hulth 2003)."""
    return _read(data / "inspec" / f"{split}.jsonl")


def stackexchange(data: Path) -> list[KeyphraseText]:
    """Questions with their tags, lower-cased (Wang et al. 2019)."""
    return _read(data / "stackexchange_kp_sample" / "validation.jsonl")


def _read(path: Path) -> list[KeyphraseText]:
    return [_keyphrase_text(row) for row in read_json_lines(path)]


def _keyphrase_text(row: dict[str, Any]) -> KeyphraseText:
    # The sample's marks for the end of the title and for numbers are no words.
    text = str(row["text"]).replace("<eos>", ".").replace("DIGIT", "1")
    return KeyphraseText(Document.read(text), frozenset(map(stemmed, row["keyphrases"])))


def stemmed(phrase: str) -> str:
    """The phrase as compared: lower case, Porter stems, punctuation opened."""
    return " ".join(map(_stem, re.findall(r"\w+", phrase.lower())))


@cache
def _stem(word: str) -> str:
    return str(_porter().stem(word))


@cache
def _porter() -> Any:
    from nltk.stem import PorterStemmer

    return PorterStemmer()
