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
from serve_app.client.posts.kept_post import KeptPost
from serve_app.client.posts.transfer import ImportStopped
from serve_app.client.workspace import Workspace

__all__ = [
    "Analysis",
    "AnalysisProblem",
    "ImportStopped",
    "KeptPost",
    "PostLens",
    "PostLensError",
    "RequestRefused",
    "ServiceFailed",
    "ServiceUnreachable",
    "Workspace",
]
