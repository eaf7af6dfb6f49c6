"""The Python client: ``PostLens.over_http(url)`` and ``PostLens.from_ray()``."""

from deployments.results import Analysis
from serve_app.client.errors import (
    AnalysisProblem,
    PostLensError,
    RequestRefused,
    ServiceFailed,
    ServiceUnreachable,
)
from serve_app.client.postlens import PostLens

__all__ = [
    "Analysis",
    "AnalysisProblem",
    "PostLens",
    "PostLensError",
    "RequestRefused",
    "ServiceFailed",
    "ServiceUnreachable",
]
