"""The key phrase sets, and how a found phrase is compared with what people chose.

Knows files and stems; nothing of models.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from deployments.text.document import Document

#: Beside the project's root; every command takes ``--data``.
DATA = Path(__file__).resolve().parents[3] / "shared" / "data"

#: The halves of the Stack Exchange sample, which comes as one file: fit on one, measure the other.
HALF = 1_000


@dataclass(frozen=True, slots=True)
class Example:
    """A text and the stemmed key phrases that people gave it."""

    document: Document
    keys: frozenset[str]


def inspec(data: Path, split: str) -> list[Example]:
    """Inspec's abstracts with the uncontrolled keys (Hulth 2003)."""
    return _read(data / "inspec" / f"{split}.jsonl")


def stackexchange(data: Path) -> list[Example]:
    """Questions with their tags, lower-cased (Wang et al. 2019)."""
    return _read(data / "stackexchange_kp_sample" / "validation.jsonl")


def _read(path: Path) -> list[Example]:
    with path.open(encoding="utf-8") as lines:
        return [_example(json.loads(line)) for line in lines]


def _example(row: dict[str, object]) -> Example:
    # The sample's marks for the end of the title and for numbers are no words.
    text = str(row["text"]).replace("<eos>", ".").replace("DIGIT", "1")
    keys = row["keyphrases"]
    assert isinstance(keys, list)
    return Example(Document.read(text), frozenset(map(stemmed, keys)))


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


def f1(examples: Sequence[Example], found: Iterable[Sequence[str]], most: int) -> float:
    """Micro F1 of the first ``most`` different phrases of each text, stemmed exact match.

    Every key counts for recall, also those that the text does not hold.
    """
    right = size = 0
    for example, surfaces in zip(examples, found, strict=True):
        first = list(dict.fromkeys(map(stemmed, surfaces)))[:most]
        right += len(example.keys.intersection(first))
        size += len(first) + len(example.keys)
    return 2 * right / max(1, size)
