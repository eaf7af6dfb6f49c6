"""The sets with names in tokens, and what an epoch is made of."""

import random
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deployments.encoder.casing import casing_ids
from deployments.encoder.config import EncoderConfig
from deployments.encoder.encoder import Encoder
from deployments.encoder.inputs import Tokens
from deployments.entities.bio import TAGS
from deployments.entities.mention import NAME_LABELS
from training.datasets.corpora import is_held_out
from training.datasets.entity_sets import CARRIED_TEXTS, EntityText, read
from training.entities.augmentation import recased, with_exchanged_names

#: How often an epoch has each set.
REPEATS = {
    "wnut17": 2, "broad_twitter_corpus": 2, "tweebank_ner": 1, "wikigold": 1,
    "uner_english_ewt": 2, CARRIED_TEXTS: 3,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TaggingExample:
    """A text in tokens.

    Attributes:
        ids: vocabulary numbers, (n,).
        casings: how each is written, (n,).
        first: which begin a word; the others are not judged, (n,).
        allowed_tags: the tags each may have, (n, n_tags).
    """

    ids: NDArray[np.int64]
    casings: NDArray[np.int64]
    first: NDArray[np.bool_]
    allowed_tags: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.ids) + 2


class EntityExamples:
    """The training splits of every set."""

    def __init__(self, data: Path) -> None:
        self._encoder = Encoder(EncoderConfig(precision="fp32"))
        self._texts = {name: read(data, name, "train") for name in REPEATS}
        self._texts["uner_english_ewt"] = [
            text for text in self._texts["uner_english_ewt"] if not is_held_out(text.text)
        ]
        surfaces: dict[str, set[str]] = {label: set() for label in NAME_LABELS}
        for text in (text for texts in self._texts.values() for text in texts):
            for span in text.spans:
                surface = text.text[span.start : span.end]
                if span.label in surfaces and "\n" not in surface:
                    surfaces[span.label].add(surface)
        self._surfaces = {label: sorted(names) for label, names in surfaces.items()}

    def epoch(self, generator: random.Random) -> list[TaggingExample]:
        """One epoch, with some names exchanged and some texts written in another case."""
        examples = []
        for corpus, repeats in REPEATS.items():
            for text in self._texts[corpus] * repeats:
                exchanged = with_exchanged_names(text, self._surfaces, generator)
                varied = recased(exchanged, generator)
                if example := tagging_example(self._encoder.tokenize(varied.text), varied):
                    examples.append(example)
        return examples


def tagging_example(tokens: Tokens, text: EntityText) -> TaggingExample | None:
    """The text with the tags that each token may have; None for a text without any."""
    if not len(tokens):
        return None
    tags = ["O"] * len(tokens)
    for span in text.spans:
        inside = np.flatnonzero((tokens.starts < span.end) & (tokens.ends > span.start))
        for number, token in enumerate(inside):
            tags[token] = f"{'I' if number else 'B'}-{span.label}"
    first = np.diff(tokens.word_ids, prepend=tokens.word_ids[0] - 1) != 0
    allowed = np.array([[tag in _allowed(gold, text.labels) for tag in TAGS] for gold in tags])
    return TaggingExample(tokens.ids, casing_ids(text.text, tokens), first, allowed)


@cache
def _allowed(tag: str, labels: frozenset[str]) -> frozenset[str]:
    """Where a set does not give a label, a word without a label of its own may be of it."""
    if tag in TAGS and tag != "O":
        return frozenset({tag})
    return frozenset({"O", *(other for other in TAGS[1:] if other[2:] not in labels)})
