"""What must be true of a demonstration: answers are complete, stored, and cached."""

import asyncio
import time
from collections.abc import Sequence

from serve_app.cli.demo.timed_answer import TimedAnswer
from serve_app.client import PostLens
from serve_app.settings import Settings
from serve_app.store import PostgresStore

_STORED_TIMEOUT_S = 20.0


class DemoFailed(Exception):
    """Something was not as it must be; the message says what."""


def require_complete(answers: Sequence[TimedAnswer], closing_line: str) -> None:
    """Every post has an answer with all its sections.

    Raises:
        DemoFailed: one has not; the message begins with ``closing_line``.
    """
    failures = [f"  {answer.post.id}: {answer.failure}" for answer in answers if answer.failure]
    if failures:
        raise DemoFailed("\n".join([closing_line, *failures]))


def require_stored(postlens: PostLens, database_url: str, answers: Sequence[TimedAnswer]) -> None:
    """Every answer has its rows in Postgres, and the service finds it by its digest.

    Raises:
        DemoFailed: one is missing.
    """
    digests = [answer.analysis.digest for answer in answers if answer.analysis]
    if missing := asyncio.run(_not_in_postgres(database_url, digests)):
        raise DemoFailed(f"{len(missing)} of {len(digests)} rows are not in Postgres: {missing}")
    if missing := [digest for digest in digests if postlens.find(digest) is None]:
        raise DemoFailed(f"GET /v1/analyses does not know {len(missing)} digests: {missing}")


async def _not_in_postgres(database_url: str, digests: Sequence[str]) -> list[str]:
    """The digests without a row; they are written behind the answers, so wait a while."""
    store = await PostgresStore.open(database_url, Settings().store)
    deadline = time.monotonic() + _STORED_TIMEOUT_S
    try:
        missing = list(digests)
        while missing and time.monotonic() < deadline:
            await asyncio.sleep(0.1)
            missing = [digest for digest in missing if await store.find(digest) is None]
        return missing
    finally:
        await store.close()


def require_hits(answers: Sequence[TimedAnswer]) -> None:
    """Every answer came from the cache.

    Raises:
        DemoFailed: one did not.
    """
    misses = [a.post.id for a in answers if a.analysis is None or a.analysis.cache != "hit"]
    if misses:
        raise DemoFailed(f"The second pass was not answered from the cache: {', '.join(misses)}")
