"""Sets with names, as examples: which tags each word may have."""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from deployments.entities.bio import TAGS
from deployments.entities.mention import NAME_LABELS
from deployments.results import Span
from deployments.text.document import Document
from training.datasets import entity_sets
from training.datasets.entity_sets import CARRIED_TEXTS, EntitySpan, EntityText
from training.datasets.posts_by_language import languages, read_language
from training.datasets.sources import measuring_sets
from training.encoder.augmentation import recased, with_exchanged_names
from training.encoder.examples import Example, Integers, example, whole
from training.encoder.fit.sets import ANY_TAG, MOST_TOKENS
from training.encoder.windows import TokenWindow, WindowReader

_BITS = {tag: 1 << number for number, tag in enumerate(TAGS)}
_SEED = 7


@dataclass(frozen=True, slots=True)
class NameSet:
    """One set with names, or one language of it.

    Attributes:
        corpus: its name in ``training.datasets.entity_sets``.
        language: ISO 639-1 code, of a set that has a file for each language.
        repeats: how often an epoch has each variant; of a fraction a random share.
        variants: how often its texts are varied (``augmentation``) and packed.
    """

    corpus: str
    language: str | None = None
    repeats: float = 0.0
    variants: int = 3

    @property
    def name(self) -> str:
        """Of the set among all."""
        return ".".join(filter(None, ("names", self.corpus, self.language)))


NAME_SETS = (
    NameSet("wnut17", repeats=0.7),
    NameSet("broad_twitter_corpus", repeats=0.7),
    NameSet("tweebank_ner", repeats=0.4),
    NameSet("wikigold", repeats=0.4),
    NameSet("uner_english_ewt", repeats=0.7),
    NameSet(CARRIED_TEXTS, repeats=0.8, variants=4),
    *(NameSet("uner", language, 0.4, 2) for language in ("da", "pt", "sv")),
    NameSet("germeval2014", "de", 0.6),
    NameSet("swedish_news_ner", "sv", 0.4, 2),
    NameSet("kpwr_ner", "pl", 0.6),
    # Newspapers of 1870 to 1940 through OCR: little of them.
    *(NameSet("europeana_ner", language, 0.25, 1) for language in ("fr", "nl", "de")),
)
#: Where confidences in names are fitted, and fits are compared.
VALIDATION_SETS = (
    *map(NameSet, ("wnut17", "broad_twitter_corpus", "tweebank_ner", "uner_english_ewt")),
    *(NameSet("uner", language) for language in ("da", "pt", "sv")),
    NameSet("germeval2014", "de"),
    NameSet("swedish_news_ner", "sv"),
    NameSet("kpwr_ner", "pl"),
)
#: Never fitted on; only to compare fits.
MEASURING_SETS = tuple(
    NameSet("wikineural_sample", language) for language in ("es", "it", "fr", "nl")
)


def validation_texts(data: Path, name_set: NameSet) -> list[entity_sets.EntityDocument]:
    """The validation split of a set."""
    if name_set.corpus in measuring_sets():
        assert name_set.language
        return entity_sets.read_for_measuring(data, name_set.corpus, name_set.language)
    return entity_sets.read_split(data, name_set.corpus, "validation", language=name_set.language)


def varied_texts(data: Path, name_set: NameSet) -> Iterator[EntityText]:
    """The training split as often as the set has variants, each time with other names."""
    texts = entity_sets.read_as_written(data, name_set.corpus, "train", language=name_set.language)
    surfaces = _surfaces([*texts, *_texts_beside(data, name_set.language)])
    dice = random.Random(_SEED)
    for _ in range(name_set.variants):
        for text in texts:
            yield recased(with_exchanged_names(text, surfaces, dice), dice)


def _texts_beside(data: Path, language: str | None) -> list[EntityText]:
    """The project's own texts of the language, whose names may be put in place of others."""
    if language is None:
        return entity_sets.read_as_written(data, CARRIED_TEXTS, "train")
    posts = read_language(language, split="train") if language in languages() else []
    labels = frozenset(NAME_LABELS)
    return [EntityText(post.document.text, post.names.spans, labels) for post in posts]


def _surfaces(texts: Iterable[EntityText]) -> Mapping[str, Sequence[str]]:
    """The names in the texts, by label."""
    surfaces: dict[str, set[str]] = {label: set() for label in NAME_LABELS}
    for text in texts:
        for span in text.spans:
            surface = text.text[span.start : span.end]
            if span.label in surfaces and "\n" not in surface:
                surfaces[span.label].add(surface)
    return {label: sorted(names) for label, names in surfaces.items() if names}


def name_examples(reader: WindowReader, texts: Iterable[EntityText]) -> Iterator[Example]:
    """Each window of each text, as written, with its tags."""
    for text in texts:
        document = Document.read(text.text)
        for window in reader.windows(document, MOST_TOKENS):
            tags = tag_bits(window, document, text.spans, text.labels)
            yield example(window, [whole(window)], tags=tags)


def tag_bits(
    window: TokenWindow,
    document: Document,
    names: Iterable[EntitySpan],
    labels: frozenset[str],
) -> Integers:
    """A bit for each tag that a token may have; ``ANY_TAG`` within words and hashtags, (n,).

    Args:
        window: of the document.
        document: the text.
        names: in it.
        labels: those that whoever marked the text could give.
    """
    tags = ["O"] * len(window)
    for name in names:
        touched = np.flatnonzero(window.touching(Span(name.start, name.end)))
        for number, token in enumerate(touched):
            tags[token] = f"{'I' if number else 'B'}-{name.label}"
    bits = np.array([_allowed_bits(tag, labels) for tag in tags], np.int64)
    bits[~window.begins_word] = ANY_TAG
    for hashtag in document.signals.hashtags:
        bits[window.touching(Span(hashtag.start, hashtag.end))] = ANY_TAG
    return bits


@cache
def _allowed_bits(tag: str, labels: frozenset[str]) -> int:
    """Where a set does not give a label, a word without a label of its own may be of it."""
    if tag in _BITS and tag != "O":
        return _BITS[tag]
    return _BITS["O"] | sum(_BITS[other] for other in TAGS[1:] if other[2:] not in labels)
