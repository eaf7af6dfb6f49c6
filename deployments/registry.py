"""The analyses by name: their configurations together, and how one is loaded.

Importing this loads no model and no torch: each analyzer imports its libraries
when it is made, so that the driver stays small.
"""

from collections.abc import Callable
from typing import Any

from deployments.analyzer import Analyzer
from deployments.config import Config
from deployments.encoder.config import EncoderConfig
from deployments.encoder.text_encoder import EncoderSource
from deployments.entities.analyzer import EntitiesAnalyzer, EntitiesConfig
from deployments.errors import UnknownAnalysis
from deployments.keywords.analyzer import KeywordsAnalyzer, KeywordsConfig
from deployments.readability.analyzer import ReadabilityAnalyzer, ReadabilityConfig
from deployments.results import ANALYSES
from deployments.sentiment.analyzer import SentimentAnalyzer, SentimentConfig
from deployments.tone.analyzer import ToneAnalyzer, ToneConfig


class AnalysisConfigs(Config):
    """How each analysis is computed."""

    sentiment: SentimentConfig = SentimentConfig()
    tone: ToneConfig = ToneConfig()
    keywords: KeywordsConfig = KeywordsConfig()
    entities: EntitiesConfig = EntitiesConfig()
    readability: ReadabilityConfig = ReadabilityConfig()


_ANALYZERS: dict[str, Callable[..., Analyzer[Any]]] = {
    "sentiment": SentimentAnalyzer,
    "tone": ToneAnalyzer,
    "keywords": KeywordsAnalyzer,
    "entities": EntitiesAnalyzer,
    "readability": ReadabilityAnalyzer,
}


def load(analysis: str, config: Config, encoder_of: EncoderSource | None = None) -> Analyzer[Any]:
    """The analyzer of that name, its model loaded.

    Args:
        analysis: one of ``results.ANALYSES``.
        config: how it is computed.
        encoder_of: gives the encoder that it reads from; by default one of its own.

    Raises:
        UnknownAnalysis: there is no analysis of that name.
        ModelMissing, ModelMismatch: its weights are not there, or not the released ones.
    """
    if analysis not in _ANALYZERS:
        raise UnknownAnalysis(f"'{analysis}' is no analysis; there are: {', '.join(ANALYSES)}.")
    make = _ANALYZERS[analysis]
    if encoder_of is None or encoder_config(config) is None:
        return make(config)
    return make(config, encoder_of)


def encoder_config(config: Config) -> EncoderConfig | None:
    """Of the encoder that an analysis so configured reads from, if it does."""
    if getattr(config, "backend", None) == "spacy":
        return None
    encoder: EncoderConfig | None = getattr(config, "encoder", None)
    return encoder
