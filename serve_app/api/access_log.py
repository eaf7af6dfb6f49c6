"""One line of the log for each request, written a moment later together with its neighbours.

A line written by itself takes a sixth of a cached answer's time. A process that is killed
takes the lines of the last tenth of a second with it.
"""

import asyncio
import logging
import time
from dataclasses import dataclass
from functools import lru_cache
from itertools import starmap

import orjson

from serve_app.logs import LINES, request_id

log = logging.getLogger(LINES)

_DELAY_S = 0.1


@dataclass(frozen=True, slots=True)
class RequestLogEntry:
    """One request and how it was answered.

    Attributes:
        method: the HTTP method.
        route: the path's template, ``none`` where no route has the path.
        status: the HTTP status of the response.
        duration_s: from the request's arrival to the end of its response.
    """

    method: str
    route: str
    status: int
    duration_s: float


class AccessLog:
    """Writes the entries of requests, each with the request id of the context it is added in."""

    def __init__(self) -> None:
        self._pending: list[tuple[RequestLogEntry, str | None, float]] = []

    def add(self, entry: RequestLogEntry) -> None:
        """Write the entry with the next flush; to be called inside the event loop."""
        if not log.isEnabledFor(logging.INFO):
            return
        if not self._pending:
            asyncio.get_running_loop().call_later(_DELAY_S, self.flush)
        self._pending.append((entry, request_id.get(), time.time()))

    def flush(self) -> None:
        """Write the pending entries now."""
        pending, self._pending = self._pending, []
        if pending:
            log.info(b"\n".join(starmap(_encode, pending)).decode())


def _encode(entry: RequestLogEntry, request: str | None, logged_at: float) -> bytes:
    return orjson.dumps(
        {
            "time": _format_time(int(logged_at)),
            "level": "INFO",
            "logger": LINES,
            "message": f"{entry.method} {entry.route} {entry.status}",
            "request_id": request,
            "status": entry.status,
            "took_ms": round(entry.duration_s * 1000, 3),
        }
    )


@lru_cache(maxsize=4)
def _format_time(second: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(second))
