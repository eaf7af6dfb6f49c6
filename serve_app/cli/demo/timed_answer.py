"""The sample posts sent through a client, several at a time, each answer with its time."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from deployments.results import ANALYSES, Analysis, Status
from serve_app.client import PostLens, PostLensError
from serve_app.samples import SamplePost

#: Posts under way at a time.
_CONCURRENCY = 8


@dataclass(frozen=True, slots=True)
class TimedAnswer:
    """One post's answer and how long it took, or why there is none.

    Attributes:
        post: what was sent.
        took_ms: from the request to the answer, or to the failure.
        analysis: the answer, where there is one.
        failure: which sections are missing, or why there is no answer; empty where all is well.
    """

    post: SamplePost
    took_ms: float
    analysis: Analysis | None
    failure: str = ""


async def analyze_all(
    postlens: PostLens, posts: Sequence[SamplePost], on_answer: Callable[[TimedAnswer], None]
) -> list[TimedAnswer]:
    """The answers in the posts' order.

    Args:
        postlens: the client.
        posts: what to send.
        on_answer: called with each answer as it comes.
    """
    slots = asyncio.Semaphore(_CONCURRENCY)

    async def analyze(post: SamplePost) -> TimedAnswer:
        async with slots:
            answer = await _analyze(postlens, post)
        on_answer(answer)
        return answer

    return await asyncio.gather(*map(analyze, posts))


async def _analyze(postlens: PostLens, post: SamplePost) -> TimedAnswer:
    started = time.perf_counter()
    try:
        analysis = await postlens.analyze_async(post.text, id=post.id)
    except PostLensError as error:
        return TimedAnswer(post, (time.perf_counter() - started) * 1000, None, str(error))
    took_ms = (time.perf_counter() - started) * 1000
    return TimedAnswer(post, took_ms, analysis, _incomplete_sections(analysis))


def _incomplete_sections(analysis: Analysis) -> str:
    """Which sections are not what they must be; empty where all are."""
    final = (Status.OK, Status.UNSUPPORTED_LANGUAGE)
    statuses = {name: getattr(analysis, name).status for name in ANALYSES}
    return ", ".join(f"{name} {status}" for name, status in statuses.items() if status not in final)
