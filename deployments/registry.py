"""The analyses by name: their configurations together, and how one is loaded.

Importing this loads no model and no torch: each analyzer imports its libraries
when it is made, so that the driver stays small.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

from deployments.analyzer import Analyzer, AnyAnalyzer, EveryLanguageBut, ReadingAnalyzer
from deployments.config import AnalysisConfig, Config
from deployments.encoder.config import EncoderConfig
from deployments.encoder.encoder import Encoder
from deployments.encoder.identity import EncoderIdentity
from deployments.entities.analyzer import EntitiesAnalyzer, EntitiesConfig
from deployments.errors import UnknownAnalysis
from deployments.keywords.analyzer import KeywordsAnalyzer, KeywordsConfig
from deployments.readability.analyzer import ReadabilityAnalyzer, ReadabilityConfig
from deployments.reading.reading_text import reading_input
from deployments.results import ANALYSES
from deployments.sentiment.analyzer import SentimentAnalyzer, SentimentConfig
from deployments.text.document import Document
from deployments.tone.analyzer import ToneAnalyzer, ToneConfig


class AnalysisConfigs(Config):
    """How texts are read, and how each analysis is computed."""

    encoder: EncoderConfig = EncoderConfig()
    sentiment: SentimentConfig = SentimentConfig()
    tone: ToneConfig = ToneConfig()
    keywords: KeywordsConfig = KeywordsConfig()
    entities: EntitiesConfig = EntitiesConfig()
    readability: ReadabilityConfig = ReadabilityConfig()

    def of(self, analysis: str) -> AnalysisConfig:
        """The configuration of that analysis."""
        config: AnalysisConfig = getattr(self, analysis)
        return config

    def readers(self, analyses: Iterable[str] = ANALYSES) -> list[str]:
        """Those of the analyses that need readings."""
        return [name for name in analyses if self.of(name).needs_readings]


_ANALYZERS: dict[str, Callable[[Any], Analyzer[Any]]] = {
    "readability": ReadabilityAnalyzer,
}

#: Those that are told whose readings they are given.
_READING_ANALYZERS: dict[str, Callable[[Any, EncoderIdentity], ReadingAnalyzer[Any]]] = {
    "sentiment": SentimentAnalyzer,
    "tone": ToneAnalyzer,
    "keywords": KeywordsAnalyzer,
    "entities": EntitiesAnalyzer,
}


def load(analysis: str, configs: AnalysisConfigs) -> AnyAnalyzer:
    """The analyzer of that name, its heads and word lists loaded.

    Args:
        analysis: one of ``results.ANALYSES``.
        configs: how it is computed, and by which encoder its readings are made.

    Raises:
        UnknownAnalysis: there is no analysis of that name.
        ModelMissing, ModelMismatch: its weights are not there, or not the released ones.
    """
    if make := _ANALYZERS.get(analysis):
        return make(configs.of(analysis))
    if make_reading := _READING_ANALYZERS.get(analysis):
        return make_reading(configs.of(analysis), EncoderIdentity.of(configs.encoder))
    raise UnknownAnalysis(f"'{analysis}' is no analysis; there are: {', '.join(ANALYSES)}.")


class SelfReadingAnalyzer:
    """An analyzer with an encoder of its own, which is given documents alone.

    For who measures one analysis by itself; the service reads once for all of them.
    """

    def __init__(self, analyzer: ReadingAnalyzer[Any], encoder: Encoder) -> None:
        self._analyzer = analyzer
        self._encoder = encoder
        self.name = analyzer.name
        self.model = analyzer.model
        self.main_language_only = analyzer.main_language_only

    @property
    def languages(self) -> frozenset[str] | EveryLanguageBut:
        """Of the analyzer."""
        return self._analyzer.languages

    def analyze(self, documents: Sequence[Document]) -> list[Any]:
        """As many results as documents, in the same order; thread-safe."""
        readings = self._encoder.read([reading_input(document) for document in documents])
        return self._analyzer.analyze(documents, readings)


def load_with_encoder(
    analysis: str, configs: AnalysisConfigs, encoder: Encoder | None = None
) -> Analyzer[Any]:
    """The analyzer of that name, which reads documents itself.

    Args:
        analysis: one of ``results.ANALYSES``.
        configs: how it is computed.
        encoder: that it reads with; by default one of its own, if it needs any.

    Raises:
        As :func:`load`.
    """
    analyzer = load(analysis, configs)
    if not configs.of(analysis).needs_readings:
        return cast(Analyzer[Any], analyzer)
    encoder = encoder or Encoder(configs.encoder)
    return SelfReadingAnalyzer(cast(ReadingAnalyzer[Any], analyzer), encoder)
