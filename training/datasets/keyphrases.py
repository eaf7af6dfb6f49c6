"""The key phrase sets, and when two phrases count as the same.

Knows files and stems; nothing of models.
"""

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self

from deployments.text.document import Document
from training.datasets.folders import split_file
from training.datasets.json_lines import read_json_lines

#: The halves of the Stack Exchange sample, which comes as one file: fit on one, measure the other.
HALF = 1_000
#: Snowball's name of each language that key phrases are compared in, beside English.
_SNOWBALL = {
    "da": "danish", "de": "german", "es": "spanish", "fr": "french", "it": "italian",
    "nl": "dutch", "pl": "polish", "pt": "portuguese", "sv": "swedish",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class KeyphraseText:
    """A text and the key phrases that people gave it.

    Attributes:
        phrases: as they are written.
        keyphrases: stemmed in this language.
    """

    document: Document
    phrases: tuple[str, ...]
    keyphrases: frozenset[str]
    language: str = "en"

    @classmethod
    def of(cls, document: Document, phrases: Iterable[str], language: str = "en") -> Self:
        """With the phrases as they are written."""
        written = tuple(phrases)
        stems = frozenset(stemmed(phrase, language) for phrase in written)
        return cls(document, written, stems, language)


def inspec(data: Path, split: str) -> list[KeyphraseText]:
    """Inspec's abstracts with the uncontrolled keys (Hulth 2003)."""
    return _read(data / "inspec" / f"{split}.jsonl")


def stackexchange(data: Path) -> list[KeyphraseText]:
    """Questions with their tags, lower-cased (Wang et al. 2019)."""
    return _read(data / "stackexchange_kp_sample" / "validation.jsonl")


def papyrus(data: Path, split: str = "train") -> list[KeyphraseText]:
    """Abstracts of French theses with their keywords (Piedboeuf and Langlais 2022).

    They come as one file, of which one half trains and the other measures.

    Args:
        split: "train" or "validation".
    """
    rows = read_json_lines(split_file(data, "papyrus_fr", "train", "fr"))
    measures = split == "validation"
    return [_keyphrase_text(row, "fr") for row in rows if _is_of_half(row["text"]) == measures]


def _is_of_half(text: str) -> bool:
    """Whether a text is of the half that measures, by its SHA-1."""
    return hashlib.sha1(text.encode()).hexdigest()[0] in "01234567"


def _read(path: Path) -> list[KeyphraseText]:
    return [_keyphrase_text(row) for row in read_json_lines(path)]


def _keyphrase_text(row: dict[str, Any], language: str = "en") -> KeyphraseText:
    # The sample's marks for the end of the title and for numbers are no words.
    text = str(row["text"]).replace("<eos>", ".").replace("DIGIT", "1")
    return KeyphraseText.of(Document.read(text), row["keyphrases"], language)


def stemmed(phrase: str, language: str = "en") -> str:
    """The phrase as compared: lower case, stems, punctuation opened.

    Args:
        language: ISO 639-1 code of one of the ten; English has Porter's stems, as the published
            figures have, the others Snowball's.
    """
    return " ".join(_stem(word, language) for word in re.findall(r"\w+", phrase.lower()))


@cache
def _stem(word: str, language: str) -> str:
    return _stemmer(language)(word)


@cache
def _stemmer(language: str) -> Callable[[str], str]:
    if language == "en":
        from nltk.stem import PorterStemmer

        return PorterStemmer().stem  # type: ignore[no-any-return]
    import snowballstemmer

    return snowballstemmer.stemmer(_SNOWBALL[language]).stemWord  # type: ignore[no-any-return]
