"""The analyses in this process: no Ray, no server, no cache.

Gives the very answers that the service gives for the same posts, by the same
functions; only ``cache`` is always ``miss``. Loading the models takes seconds.
"""

from collections.abc import Sequence
from typing import Any

import orjson

from deployments.analyzer import answer
from deployments.registry import AnalysisConfigs, load
from deployments.text import Document, digest
from deployments.wire import encode
from serve_app.answer import render
from serve_app.errors import InvalidRequest
from serve_app.problems import Problem
from serve_app.record import head
from serve_app.request import PostRequest, parse_post


class LocalAnalyses:
    """The analyzers of these names, loaded once."""

    def __init__(self, configs: AnalysisConfigs, names: Sequence[str]) -> None:
        self._analyzers = {name: load(name, getattr(configs, name)) for name in names}

    def items(self, texts: Sequence[str]) -> list[dict[str, Any]]:
        """The texts' items as in ``POST /v1/analyze/batch``; a refused one has its problem."""
        checked = [_checked(text) for text in texts]
        answers = iter(self.analyze([p for p in checked if isinstance(p, PostRequest)]))
        return [
            {"status": "ok", "result": orjson.loads(next(answers))}
            if isinstance(post, PostRequest)
            else {"status": "error", "error": post.as_dict(None)}
            for post in checked
        ]

    def analyze(self, posts: Sequence[PostRequest]) -> list[bytes]:
        """The JSON answer to each post, in order; every loaded analysis is in it."""
        documents = [Document.read(post.text) for post in posts]
        columns = {
            name: [encode(section) for section in answer(analyzer, documents)]
            for name, analyzer in self._analyzers.items()
        }
        return [
            render(
                post,
                digest(post.text),
                head(document.language, document.signals),
                {name: column[index] for name, column in columns.items()},
                "miss",
            )
            for index, (post, document) in enumerate(zip(posts, documents, strict=True))
        ]


def _checked(text: str) -> PostRequest | Problem:
    try:
        return parse_post({"text": text})
    except InvalidRequest as error:
        return error.problem
