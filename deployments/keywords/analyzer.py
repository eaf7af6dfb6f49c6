"""Keywords: KeyBERT's method over one reading of the post.

KeyBERT (Grootendorst 2020) embeds a post and every candidate phrase one by one, ranks by
cosine and diversifies by maximal marginal relevance. Here a candidate is the mean of its
own token states within the post, so that one reading of the post gives all vectors, and a
small head trained on key phrases that people chose weighs cosine, place and vector.

Links and mentions are not read; a hashtag is read as its word where it stands in a
sentence; walls of hashtags give no candidates.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Literal

from pydantic import Field

from deployments.config import AnalysisConfig
from deployments.encoder.heads import Heads
from deployments.encoder.identity import EncoderIdentity
from deployments.keywords.candidates import Candidate, extract_candidates
from deployments.keywords.embedding import HEAD, TextEmbedding
from deployments.keywords.keybert_backend import KeyBertRanker
from deployments.keywords.ranking import OnePassRanker, Ranker
from deployments.keywords.words import WORD_LISTS
from deployments.languages.loading import LANGUAGES
from deployments.reading.reading import Reading
from deployments.results import Keyword, Keywords, Model, Span
from deployments.rounding import rounded
from deployments.text.document import Document
from deployments.weights.released import KEYWORDS_HEAD, sha256_of

# Raised whenever the rules of this folder change what a post is answered.
_RULES_VERSION = "4"


class KeywordsConfig(AnalysisConfig):
    """How candidates are weighed.

    ``keybert`` runs the keybert package over the same candidates with an encoder of its own: one
    encoding for each candidate, plain cosine, no head.
    """

    backend: Literal["one_pass", "keybert"] = Field(
        default="one_pass", description="keybert: the package itself, four times slower"
    )
    head: str = Field(default=KEYWORDS_HEAD, description="how phrases are weighed")
    diversity: float = Field(default=0.1, ge=0, le=1, description="0 ranks by relevance alone")

    @property
    def needs_readings(self) -> bool:
        """keybert encodes by itself."""
        return self.backend == "one_pass"


class KeywordsAnalyzer:
    """Up to 50 key phrases, best first; the first n are the answer to ``top_n = n``."""

    name = "keywords"
    languages = LANGUAGES
    main_language_only = False

    def __init__(self, config: KeywordsConfig, encoder: EncoderIdentity) -> None:
        """Load what ranks.

        Args:
            config: how candidates are weighed.
            encoder: whose readings are given.

        Raises:
            ModelMissing: the weights of encoder or head are not there.
            ModelMismatch: they are not the released ones, or do not belong together.
            PackageMissing: the backend is keybert, which is not installed.
        """
        self._ranker: Ranker
        self._embedding: TextEmbedding | None = None
        if config.backend == "keybert":
            self._ranker = KeyBertRanker(config.diversity)
        else:
            heads = Heads.load(config.head, encoder)
            self._ranker = OnePassRanker(encoder, heads, config.diversity)
            self._embedding = TextEmbedding(heads) if HEAD in heads.by_name else None
        lists = [sha256_of(path) for path in WORD_LISTS]
        settings = [_RULES_VERSION, config.backend, config.diversity]
        parts = [self._ranker.version, *lists, *settings]
        self.model = Model(
            f"postlens-keywords:{config.backend}",
            hashlib.sha256(json.dumps(parts).encode()).hexdigest(),
        )

    def analyze(
        self, documents: Sequence[Document], readings: Sequence[Reading] = ()
    ) -> list[Keywords]:
        """As many results as documents, in the same order; thread-safe."""
        return [self._keywords(*each) for each in zip_longest(documents, readings)]

    def vectors(self, readings: Sequence[Reading]) -> list[bytes]:
        """By which texts similar to these are found, in order; see :mod:`.embedding`.

        Empty where the file of the head has none that is called ``similarity``.
        """
        embedding = self._embedding
        return [embedding.vector(reading) if embedding else b"" for reading in readings]

    def _keywords(self, document: Document, reading: Reading | None) -> Keywords:
        candidates = extract_candidates(document)
        ranking = self._ranker.rank(document, candidates, reading) if candidates else []
        items = tuple(_keyword(document, candidate, score) for candidate, score in ranking)
        return Keywords(items, document.full_span)


def _keyword(document: Document, candidate: Candidate, score: float) -> Keyword:
    first = candidate.spans[0]
    text = document.surface(first.start, first.end)
    score = rounded(min(max(score, 0.0), 1.0))
    occurrences = tuple(without_overlaps(candidate.spans))
    return Keyword(text, score, first.start, first.end, occurrences)


def without_overlaps(spans: Sequence[Span]) -> Iterator[Span]:
    """The spans in their order, less those that begin within an earlier one.

    "Data data data" holds "data data" twice, but one word cannot be marked for both.
    """
    end = 0
    for span in spans:
        if span.start >= end:
            yield span
            end = span.end
