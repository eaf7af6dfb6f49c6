"""Entities: who and what a post names, by a tagger on a reading and a few rules.

Holds the labels, and how names and patterns become one list. Knows nothing of the other
analyses. Dropped on purpose: nationalities, languages, bare numbers, which name nobody and
nothing; and what touches hashtags, mentions, links and emoji, which are signals of the text, but
for companies named like an address.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

from pydantic import Field

from deployments.config import AnalysisConfig
from deployments.encoder.identity import EncoderIdentity
from deployments.entities.addresses import address_names
from deployments.entities.grouping import group_mentions
from deployments.entities.labels import with_one_label_each
from deployments.entities.mention import NAME_LABELS, Mention, MentionDetector, untouched
from deployments.entities.patterns import pattern_mentions
from deployments.entities.spacy_backend import SpacyDetector
from deployments.entities.tagger import Tagger
from deployments.entities.trimming import GREETINGS_FILE, NO_NAMES_FILE, trim
from deployments.languages.loading import LANGUAGES, language_files
from deployments.reading.reading import Reading
from deployments.results import Entities, Entity, Model
from deployments.rounding import rounded
from deployments.text.document import Document
from deployments.weights.released import NAMES_HEAD, SPACY_ENGLISH, sha256_of

#: What an entity can be.
LABELS = (*NAME_LABELS, "DATE", "MONEY", "PERCENT")

# Raised whenever the rules of this folder change what a post is answered.
_RULES_VERSION = "8"


class EntitiesConfig(AnalysisConfig):
    """What finds names, and how likely one must be."""

    backend: Literal["tagger", "spacy"] = Field(
        default="tagger", description="spacy: en_core_web_sm's recogniser, which finds less"
    )
    head: str = Field(default=NAMES_HEAD, description="trained on the encoder")
    pipeline: str = Field(
        default=SPACY_ENGLISH, description="of spacy: a carried model or a local folder"
    )
    pipeline_sha256: str | None = Field(
        default=None, description="of ner/model; known by itself for the carried pipeline"
    )
    batch_lines: int = Field(default=64, ge=1, description="of spacy: lines read together")
    min_score: float = Field(default=0.3, ge=0, le=1, description="less likely names are left out")

    @property
    def needs_readings(self) -> bool:
        """spaCy reads by itself."""
        return self.backend == "tagger"


class EntitiesAnalyzer:
    """Names persons, organisations, places, products, events, works, dates, sums and shares."""

    name = "entities"
    languages = LANGUAGES
    main_language_only = False

    def __init__(self, config: EntitiesConfig, encoder: EncoderIdentity) -> None:
        """Load what finds names.

        Args:
            config: what that is.
            encoder: whose readings are given.

        Raises:
            ModelMissing: the model or a file of it is not there.
            ModelMismatch: its weights are not the released ones.
            PackageMissing: the backend is spacy, which is not installed.
        """
        self.config = config
        self._detector = _detector(config, encoder)
        parts = [
            self._detector.version,
            sha256_of(NO_NAMES_FILE),
            sha256_of(GREETINGS_FILE),
            *map(sha256_of, language_files()),
            config.min_score,
            _RULES_VERSION,
        ]
        version = hashlib.sha256(json.dumps(parts).encode()).hexdigest()
        self.model = Model(self._detector.name, version)

    def analyze(
        self, documents: Sequence[Document], readings: Sequence[Reading] = ()
    ) -> list[Entities]:
        """The entities of each document, in order; every text is read to its end."""
        texts = [d.masked("hashtags", "mentions", "links", "emoji") for d in documents]
        mentions = self._detector.detect(documents, texts, readings)
        return [
            Entities(self._entities(document, text, names), document.full_span)
            for document, text, names in zip(documents, texts, mentions, strict=True)
        ]

    def _entities(self, document: Document, text: str, names: list[Mention]) -> tuple[Entity, ...]:
        """Patterns first, since they are surer; then the names that do not touch them."""
        by_rule = [*_patterns(document, text), *address_names(document)]
        by_rule.sort(key=_start)
        likely = [name for name in names if name.confidence >= self.config.min_score]
        trimmed = filter(
            None,
            (trim(name, text, document.plain, document.code_at(name.start)) for name in likely),
        )
        apart = untouched(trimmed, by_rule)
        mentions = [*by_rule, *with_one_label_each(apart, document)]
        mentions.sort(key=_start)
        surfaces = [document.surface(m.start, m.end) for m in mentions]
        labels = (mention.label for mention in mentions)
        groups = group_mentions(list(zip(surfaces, labels, strict=True)), document.language.code)
        return tuple(map(_entity, mentions, surfaces, groups))


def _detector(config: EntitiesConfig, encoder: EncoderIdentity) -> MentionDetector:
    if config.backend == "spacy":
        return SpacyDetector(config.pipeline, config.pipeline_sha256, config.batch_lines)
    return Tagger(encoder, config.head)


def _patterns(document: Document, text: str) -> Iterator[Mention]:
    """Dates, sums and shares, each stretch of a language by its rules."""
    for span in document.languages:
        stretch = slice(span.start, span.end)
        for found in pattern_mentions(text[stretch], document.plain[stretch], span.code):
            yield replace(found, start=span.start + found.start, end=span.start + found.end)


def _start(mention: Mention) -> int:
    return mention.start


def _entity(mention: Mention, surface: str, group: int) -> Entity:
    score = rounded(mention.confidence)
    return Entity(surface, mention.label, mention.start, mention.end, score, group)
