"""Analyzers with their released models, each loaded once for all test modules.

In fp32 on one thread, so that an answer does not depend on the machine or on the batch.
"""

from functools import cache
from typing import Any

from deployments.analyzer import Analyzer
from deployments.encoder.config import EncoderConfig
from deployments.encoder.encoder import Encoder
from deployments.registry import AnalysisConfigs, load_with_encoder

EXACT_ENCODER = EncoderConfig(precision="fp32", device="cpu", threads=1)


@cache
def exact_encoder() -> Encoder:
    """The one that all of them read with."""
    return Encoder(EXACT_ENCODER)


def exact_configs(analysis: str, **settings: Any) -> AnalysisConfigs:
    """The configurations with these settings of one analysis, the encoder computing exactly."""
    return AnalysisConfigs.model_validate({"encoder": EXACT_ENCODER, analysis: settings})


def analyzer_with(analysis: str, **settings: Any) -> Analyzer[Any]:
    """An analyzer with these settings, which reads documents itself."""
    return load_with_encoder(analysis, exact_configs(analysis, **settings), exact_encoder())


@cache
def loaded_analyzer(analysis: str, backend: str | None = None) -> Analyzer[Any]:
    """The analyzer as configured by default, but for the backend."""
    settings = {"backend": backend} if backend else {}
    return analyzer_with(analysis, **settings)
