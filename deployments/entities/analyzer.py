"""Entities: who and what a post names, by a tagger on a finetuned encoder and a few rules.

Holds the labels, and how names and patterns become one list. Knows nothing of the other
analyses. Dropped on purpose: nationalities, languages, bare numbers, which name nobody and
nothing; and hashtags, mentions, links and emoji, which are signals of the text and are blanked
before it is read, but for companies named like an address.
"""

import hashlib
import json
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import Field

from deployments.config import Config
from deployments.encoder.config import EncoderConfig
from deployments.encoder.encoder import Encoder
from deployments.encoder.text_encoder import EncoderSource
from deployments.entities.addresses import address_names
from deployments.entities.grouping import group_mentions
from deployments.entities.labels import with_one_label_each
from deployments.entities.mention import NAME_LABELS, Mention, MentionDetector
from deployments.entities.patterns import pattern_mentions
from deployments.entities.spacy_backend import SpacyDetector
from deployments.entities.tagger import Tagger
from deployments.entities.trimming import GREETINGS_FILE, NO_NAMES_FILE, trim
from deployments.results import Entities, Entity, Model
from deployments.rounding import rounded
from deployments.text.document import Document
from deployments.weights.released import NAMES_ENCODER, SPACY_ENGLISH, sha256_of

#: What an entity can be.
LABELS = (*NAME_LABELS, "DATE", "MONEY", "PERCENT")

# Raised whenever the rules of this folder change what a post is answered.
_RULES_VERSION = "6"


class NamesEncoderConfig(EncoderConfig):
    """The encoder behind the tagger, which learned from short texts."""

    source: str = Field(
        default=NAMES_ENCODER, description=EncoderConfig.model_fields["source"].description
    )
    max_tokens: int = Field(
        default=128, ge=16, description=EncoderConfig.model_fields["max_tokens"].description
    )


class EntitiesConfig(Config):
    """What finds names, and how likely one must be."""

    backend: Literal["tagger", "spacy"] = Field(
        default="tagger", description="spacy: en_core_web_sm's recogniser, which finds less"
    )
    encoder: NamesEncoderConfig = NamesEncoderConfig()
    head: str = Field(default=NAMES_ENCODER, description="trained on that encoder")
    pipeline: str = Field(
        default=SPACY_ENGLISH, description="of spacy: a carried model or a local folder"
    )
    pipeline_sha256: str | None = Field(
        default=None, description="of ner/model; known by itself for the carried pipeline"
    )
    batch_lines: int = Field(default=64, ge=1, description="of spacy: lines read together")
    min_score: float = Field(default=0.3, ge=0, le=1, description="less likely names are left out")


class EntitiesAnalyzer:
    """Names persons, organisations, places, products, events, works, dates, sums and shares."""

    name = "entities"
    languages = frozenset({"en"})

    def __init__(
        self, config: EntitiesConfig | None = None, encoder_of: EncoderSource = Encoder
    ) -> None:
        """Load what finds names; the tagger gets the encoder it reads from.

        Raises:
            ModelMissing: the model or a file of it is not there.
            ModelMismatch: its weights are not the released ones.
            PackageMissing: the backend is spacy, which is not installed.
        """
        self.config = config = config or EntitiesConfig()
        self._detector = _detector(config, encoder_of)
        parts = [
            self._detector.version,
            sha256_of(NO_NAMES_FILE),
            sha256_of(GREETINGS_FILE),
            config.min_score,
            _RULES_VERSION,
        ]
        version = hashlib.sha256(json.dumps(parts).encode()).hexdigest()
        self.model = Model(self._detector.name, version)

    def analyze(self, documents: Sequence[Document]) -> list[Entities]:
        """The entities of each document, in order; every text is read to its end."""
        texts = [d.masked("hashtags", "mentions", "links", "emoji") for d in documents]
        mentions = self._detector.detect(documents, texts)
        return [
            Entities(self._entities(document, text, names), document.full_span)
            for document, text, names in zip(documents, texts, mentions, strict=True)
        ]

    def _entities(self, document: Document, text: str, names: list[Mention]) -> tuple[Entity, ...]:
        """Patterns first, since they are surer; then the names that do not touch them."""
        by_rule = [*pattern_mentions(text, document.plain), *address_names(document)]
        by_rule.sort(key=_start)
        likely = [name for name in names if name.confidence >= self.config.min_score]
        trimmed = filter(None, (trim(name, text, document.plain) for name in likely))
        apart = _untouched(trimmed, by_rule)
        mentions = [*by_rule, *with_one_label_each(apart, document)]
        mentions.sort(key=_start)
        surfaces = [document.surface(m.start, m.end) for m in mentions]
        groups = group_mentions(list(zip(surfaces, (m.label for m in mentions), strict=True)))
        return tuple(map(_entity, mentions, surfaces, groups))


def _detector(config: EntitiesConfig, encoder_of: EncoderSource) -> MentionDetector:
    if config.backend == "spacy":
        return SpacyDetector(config.pipeline, config.pipeline_sha256, config.batch_lines)
    return Tagger(encoder_of(config.encoder), config.head)


def _start(mention: Mention) -> int:
    return mention.start


def _untouched(names: Iterable[Mention], by_rule: Sequence[Mention]) -> list[Mention]:
    """The names that no mention by rule overlaps; those are in order."""
    starts, ends = [each.start for each in by_rule], [0, *(each.end for each in by_rule)]
    return [name for name in names if ends[bisect_left(starts, name.end)] <= name.start]


def _entity(mention: Mention, surface: str, group: int) -> Entity:
    score = rounded(mention.confidence)
    return Entity(surface, mention.label, mention.start, mention.end, score, group)
