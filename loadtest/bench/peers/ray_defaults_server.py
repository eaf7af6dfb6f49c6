"""Our own analyzers in Ray Serve as its tutorial would have it: defaults throughout.

    python -m loadtest.bench.peers.ray_defaults_server PORT

A deployment for each analysis, a FastAPI ingress that calls each of the five handles once
for every request (the guide on model composition), no batching, no flag set.
"""

import asyncio
import sys
from typing import Any, cast

from loadtest.bench.peers import ray_cluster


def build() -> Any:
    """The bound application."""
    from fastapi import FastAPI
    from fastapi.responses import Response
    from pydantic import BaseModel
    from ray import serve
    from ray.serve.handle import DeploymentHandle

    from deployments.analyzer import analyze_batch
    from deployments.registry import AnalysisConfigs, load
    from deployments.results import ANALYSES
    from deployments.text.document import Document, digest
    from deployments.wire import EncodedSection, encode
    from serve_app.analysis_record import preamble
    from serve_app.request.post import PostRequest
    from serve_app.response.render import render

    app = FastAPI()

    class Post(BaseModel):
        text: str

    @serve.deployment
    class Analysis:
        def __init__(self, name: str) -> None:
            self._analyzer = load(name, getattr(AnalysisConfigs(), name))

        def analyze(self, text: str) -> EncodedSection:
            return encode(analyze_batch(self._analyzer, [Document.read(text)])[0])

    @serve.deployment
    @serve.ingress(app)
    class Driver:
        def __init__(self, **handles: DeploymentHandle[Any]) -> None:
            self._handles = handles

        @app.get("/health")
        def health(self) -> str:
            return "ok"

        @app.post("/analyze")
        async def analyze(self, post: Post) -> Response:
            calls = [handle.analyze.remote(post.text) for handle in self._handles.values()]
            sections = dict(zip(self._handles, await asyncio.gather(*calls), strict=True))
            document = Document.read(post.text)
            about = preamble(document)
            content = render(PostRequest(post.text), digest(post.text), about, sections, "miss")
            return Response(content, media_type="application/json")

    # What serve.deployment makes of a class, mypy takes for the class.
    analysis, driver = cast(Any, Analysis), cast(Any, Driver)
    return driver.bind(**{name: analysis.options(name=name).bind(name) for name in ANALYSES})


if __name__ == "__main__":
    ray_cluster.serve_until_signal(build, int(sys.argv[1]))
