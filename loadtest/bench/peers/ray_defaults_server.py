"""Our own analyzers in Ray Serve as its tutorial would have it: defaults throughout.

    python -m loadtest.bench.peers.ray_defaults_server PORT

A deployment for each analysis, a FastAPI ingress that calls each of their handles once
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

    from deployments.results import ANALYSES
    from deployments.text.document import Document
    from deployments.wire import EncodedSection
    from serve_app.in_process import (
        LoadedAnalyses,
        encode_sections,
        record_of,
    )
    from serve_app.request.post import PostRequest
    from serve_app.response.render import render

    app = FastAPI()

    class RayPost(BaseModel):
        text: str

    @serve.deployment
    class DefaultsAnalysis:
        def __init__(self, name: str) -> None:
            self._analyses = LoadedAnalyses([name])

        def analyze(self, text: str) -> dict[str, EncodedSection]:
            [sections] = self._analyses.analyze([Document.read(text)])
            return encode_sections(sections)

    @serve.deployment
    @serve.ingress(app)
    class DefaultsDriver:
        def __init__(self, **handles: DeploymentHandle[Any]) -> None:
            self._handles = handles

        @app.get("/health")
        def health(self) -> str:
            return "ok"

        @app.post("/analyze")
        async def analyze(self, post: RayPost) -> Response:
            calls = [handle.analyze.remote(post.text) for handle in self._handles.values()]
            answers = await asyncio.gather(*calls)
            sections = {name: section for answer in answers for name, section in answer.items()}
            record = record_of(Document.read(post.text), sections)
            content = render(
                PostRequest(post.text), record.digest, record.preamble, record.sections, "miss"
            )
            return Response(content, media_type="application/json")

    # What serve.deployment makes of a class, mypy takes for the class.
    analysis, driver = cast(Any, DefaultsAnalysis), cast(Any, DefaultsDriver)
    return driver.bind(**{name: analysis.options(name=name).bind(name) for name in ANALYSES})


if __name__ == "__main__":
    ray_cluster.serve_until_signal(build, int(sys.argv[1]))
