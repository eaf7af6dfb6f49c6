"""A job as a stream of events (Server-Sent Events), for those who watch it.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from typing import Any
from uuid import UUID

import orjson

from serve_app.errors import ServiceOverloaded
from serve_app.jobs.jobs import Jobs

#: Looked at so often; told when anything has changed.
_INTERVAL_S = 1.0
#: A comment, where there is nothing to tell: proxies end what is silent.
_SILENCE_S = 15.0
#: Streams of a replica, each a look a second.
MAX_WATCHERS = 100
_RETRY_AFTER_S = 10


class JobWatching:
    """The streams of one replica."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self.watchers = 0

    async def events(self, workspace: int, id: UUID) -> AsyncGenerator[bytes, None]:
        """The job whenever it changes, as events ``job``; the last one is of its end.

        Raises:
            InvalidRequest: there is no such job.
            ServiceOverloaded: too many are watched.
            StoreUnavailable: Postgres cannot be asked.
        """
        if self.watchers >= MAX_WATCHERS:
            raise ServiceOverloaded(_RETRY_AFTER_S)
        self.watchers += 1
        try:
            last: dict[str, Any] = {}
            told_at = time.monotonic()
            while True:
                job = await self._jobs.read(workspace, id)
                if job != last:
                    yield b"event: job\ndata: %b\n\n" % orjson.dumps(job)
                    last, told_at = job, time.monotonic()
                elif time.monotonic() - told_at > _SILENCE_S:
                    yield b":\n\n"
                    told_at = time.monotonic()
                if job["ended_at"]:
                    return
                await asyncio.sleep(_INTERVAL_S)
        finally:
            self.watchers -= 1
