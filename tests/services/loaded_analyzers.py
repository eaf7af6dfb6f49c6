"""Analyzers with their released models, each loaded once for all test modules.

In fp32 on one thread, so that an answer does not depend on the machine or on the batch.
"""

from functools import cache
from typing import Any

from deployments.analyzer import Analyzer
from deployments.registry import AnalysisConfigs, load

EXACT_ENCODER = {"precision": "fp32", "device": "cpu", "threads": 1}


def analyzer_config(analysis: str, **settings: Any) -> Any:
    """The analysis' configuration with these settings, its encoder computing exactly."""
    config_type = type(getattr(AnalysisConfigs(), analysis))
    if "encoder" in config_type.model_fields:
        settings["encoder"] = EXACT_ENCODER | settings.get("encoder", {})
    return config_type.model_validate(settings)


@cache
def loaded_analyzer(analysis: str, backend: str | None = None) -> Analyzer[Any]:
    settings = {"backend": backend} if backend else {}
    return load(analysis, analyzer_config(analysis, **settings))
