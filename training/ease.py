"""Put the measures of ease on one scale, and write it beside the word lists.

    python -m training.ease [--data DIR] [--out FILE]

Takes ten seconds. Nothing is fitted to anybody's judgement: means and spreads are those of
passages from five sets of mixed prose, each set counting alike, and the settling of short
texts is how well the beginning of a passage predicts its rest. The same data gives the same
file. Afterwards measure with ``python -m training.evaluation.ease_slices``.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deployments.readability.analyzer import pauses, words_by_sentence
from deployments.readability.ease import SCALES_FILE, Measures, Scales, balance, measure
from deployments.text.document import Document
from training.datasets import corpora
from training.datasets.folders import public_sets
from training.outputs import output_file

#: Fiction, letters, travel and news; an encyclopaedia; reviews, mail and blogs; business mail;
#: news at three levels of English.
REFERENCE = ("emobank", "wikigold", "uner_english_ewt", "enron_email_formality", "onestopenglish")
#: A passage has so many words: what CLEAR's readers judged, and the longer half of real posts.
PASSAGE_WORDS = 170
_BEGINNINGS = (10, 20, 40, 80)

Vector = NDArray[np.float64]
#: The words of each sentence of a text.
Sentences = list[list[str]]


def passages(data: Path, corpus: str) -> list[str]:
    """Consecutive paragraphs of the training split, joined until they make a passage."""
    paragraphs = (
        line for row in corpora.read(data, corpus, "train") for line in row.text.splitlines()
    )
    return list(_joined(paragraphs, PASSAGE_WORDS))


def _joined(paragraphs: Iterator[str], words: int) -> Iterator[str]:
    passage: list[str] = []
    for paragraph in paragraphs:
        passage.append(paragraph)
        if sum(len(each.split()) for each in passage) >= words:
            yield "\n".join(passage)
            passage = []


def fit(texts: dict[str, list[str]]) -> Scales:
    """Mean and spread over the passages; a set counts as one, however long."""
    documents = [Document.read(text) for each in texts.values() for text in each]
    sentences = [list(words_by_sentence(document)) for document in documents]
    rows = np.array(
        [
            measure(words, pauses(document))
            for words, document in zip(sentences, documents, strict=True)
        ]
    )
    weights = set_weights(texts)
    mean, deviation = moments(rows, weights)
    scales = Scales(Measures(*mean), Measures(*deviation), 1.0, 0.0)
    balances = np.array([[balance(Measures(*row), scales)] for row in rows])
    spread = float(moments(balances, weights)[1][0])
    return Scales(scales.mean, scales.deviation, spread, settling_words(sentences, scales))


def reference_passages(data: Path) -> dict[str, list[str]]:
    """The passages of every reference set, by its name."""
    return {corpus: passages(data, corpus) for corpus in REFERENCE}


def set_weights(texts: dict[str, list[str]]) -> Vector:
    """How much each passage counts, so that a set counts as one."""
    return np.concatenate([np.full(len(each), 1 / len(each)) for each in texts.values()])


def moments(rows: Vector, weights: Vector) -> tuple[list[float], list[float]]:
    """Weighted mean and standard deviation of each column."""
    mean = np.average(rows, axis=0, weights=weights)
    variance = np.average((rows - mean) ** 2, axis=0, weights=weights)
    return mean.tolist(), np.sqrt(variance).tolist()


def settling_words(texts: list[Sentences], scales: Scales) -> float:
    """The k for which n words at the beginning predict n / (n + k) of what the rest shows.

    Regression to the mean (Kelley 1947): the slope of the rest on the beginning; the median
    over beginnings of several lengths.
    """
    return float(np.median([_settling(texts, words, scales) for words in _BEGINNINGS]))


def _settling(texts: list[Sentences], words: int, scales: Scales) -> float:
    pairs = np.array([pair for text in texts if (pair := _parts(text, words, scales))])
    (variance, shared), _ = np.cov(pairs[:, 1], pairs[:, 2])
    return float(pairs[:, 0].mean() * (variance / shared - 1))


def _parts(sentences: Sentences, words: int, scales: Scales) -> tuple[float, float, float] | None:
    """Words of the beginning, its balance, and that of the rest."""
    ends = np.cumsum([len(sentence) for sentence in sentences])
    end = int(np.searchsorted(ends, words)) + 1
    if end >= len(sentences) or ends[-1] - ends[end - 1] < PASSAGE_WORDS // 3:
        return None
    mean_pauses = scales.mean.pauses**2  # not known by sentence: as many as usual on either side
    sides = sentences[:end], sentences[end:]
    first, rest = (balance(measure(side, round(mean_pauses * len(side))), scales) for side in sides)
    return float(ends[end - 1]), first, rest


def as_json(scales: Scales) -> str:
    """The file's text; six digits are more than the measures have."""
    columns = zip(Measures._fields, scales.mean, scales.deviation, strict=True)
    rows = {
        name: {"mean": round(mean, 6), "deviation": round(deviation, 6)}
        for name, mean, deviation in columns
    }
    whole = {
        "measures": rows,
        "spread": round(scales.spread, 6),
        "settling_words": round(scales.settling_words, 1),
    }
    return json.dumps(whole, indent=1) + "\n"


def main() -> None:
    """Fit and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=public_sets())
    parser.add_argument("--out", type=output_file, default=SCALES_FILE)
    options = parser.parse_args()
    texts = reference_passages(options.data)
    for corpus, each in texts.items():
        print(f"  {corpus}: {len(each)} passages")
    options.out.write_text(as_json(fit(texts)), encoding="utf-8")
    print(options.out)


if __name__ == "__main__":
    main()
