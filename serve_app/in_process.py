"""The analyses in this process: no Ray, no server, no cache.

Gives the very answers that the service gives for the same posts, by the same
functions; only ``cache`` is always ``miss``. Loading the models takes seconds.
"""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain
from typing import Any

import orjson

from deployments.analyzer import answer
from deployments.cores import usable_cores
from deployments.registry import AnalysisConfigs, load
from deployments.text.document import Document, digest
from deployments.wire import EncodedSection, encode
from serve_app.analysis_record import head
from serve_app.errors import InvalidRequest
from serve_app.problems import Problem
from serve_app.request.post import PostRequest, parse_post
from serve_app.response.render import render

# Posts that one thread takes at a time: many batches for the encoder, yet all threads end
# at about the same moment.
_PIECE = 32


class LocalAnalyses:
    """The analyzers of these names, loaded once, side by side on all cores."""

    def __init__(self, configs: AnalysisConfigs, names: Sequence[str]) -> None:
        cores = usable_cores()
        # An analysis for each core is faster than all cores for each analysis in turn.
        threads = max(1, cores // len(names))
        self._analyzers = {
            name: load(name, _with_threads(getattr(configs, name), threads)) for name in names
        }
        self._pool = ThreadPoolExecutor(cores, thread_name_prefix="analysis")

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
        started = {name: self._started(name, documents) for name in self._analyzers}
        columns = {name: list(chain(*(p.result() for p in own))) for name, own in started.items()}
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

    def _started(
        self, name: str, documents: Sequence[Document]
    ) -> list[Future[list[EncodedSection]]]:
        pieces = (documents[first : first + _PIECE] for first in range(0, len(documents), _PIECE))
        return [self._pool.submit(self._sections, name, piece) for piece in pieces]

    def _sections(self, name: str, documents: Sequence[Document]) -> list[EncodedSection]:
        return [encode(section) for section in answer(self._analyzers[name], documents)]


def _with_threads(config: Any, threads: int) -> Any:
    """The analysis' settings, its encoder on so many threads where nothing else is asked."""
    encoder = getattr(config, "encoder", None)
    if encoder is None or encoder.threads:
        return config
    fitted = encoder.model_copy(update={"threads": threads})
    return config.model_copy(update={"encoder": fitted})


def _checked(text: str) -> PostRequest | Problem:
    try:
        return parse_post({"text": text})
    except InvalidRequest as error:
        return error.problem
