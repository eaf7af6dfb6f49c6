"""One post's answer in parts: each section as soon as it is there, then the rest.

Knows neither HTTP nor how parts are sent.
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from typing import Any, NamedTuple

import orjson

from serve_app.answer_progress import AnswerProgress, milliseconds
from serve_app.request.post import PostRequest
from serve_app.service import Answering


class SectionPart(NamedTuple):
    """The section of one analysis, as JSON as the caller asked for it."""

    name: str
    body: bytes


#: What is left of an answer, with ``timings_ms``.
RestOfAnswer = dict[str, Any]


async def answer_parts(
    service: Answering, post: PostRequest
) -> AsyncGenerator[SectionPart | RestOfAnswer, None]:
    """The answer to a post; the last part is the rest. Who leaves before ends the work.

    Raises:
        ServiceOverloaded: too much is waiting to begin with it.
    """
    arrived: asyncio.Queue[SectionPart | None] = asyncio.Queue()
    started_at = time.perf_counter()
    progress = AnswerProgress(lambda name, body: arrived.put_nowait(SectionPart(name, body)))
    answering = asyncio.create_task(service.analyze(post, progress))
    answering.add_done_callback(lambda _: arrived.put_nowait(None))
    sent = set()
    try:
        while section := await arrived.get():
            sent.add(section.name)
            yield section
        answer = orjson.loads(await answering)
        for name in post.analyses:
            body = answer.pop(name)
            if name not in sent:
                yield SectionPart(name, orjson.dumps(body))
        yield answer | {"timings_ms": milliseconds(progress.stages, started_at)}
    finally:
        answering.cancel()  # the caller may have gone away
