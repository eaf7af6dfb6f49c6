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
class Exchange:
    """One request and how it was answered, for logs and metrics."""

    method: str
    route: str
    status: int
    seconds: float


class ExchangeLog:
    """Writes exchanges, each with the id of the request in whose context it is told."""

    def __init__(self) -> None:
        self._told: list[tuple[Exchange, str | None, float]] = []

    def __call__(self, exchange: Exchange) -> None:
        """To be called inside the event loop."""
        if not log.isEnabledFor(logging.INFO):
            return
        if not self._told:
            asyncio.get_running_loop().call_later(_DELAY_S, self.flush)
        self._told.append((exchange, request_id.get(), time.time()))

    def flush(self) -> None:
        """Write what waits."""
        told, self._told = self._told, []
        if told:
            log.info(b"\n".join(starmap(_line, told)).decode())


def _line(exchange: Exchange, request: str | None, at: float) -> bytes:
    return orjson.dumps(
        {
            "time": _shown(int(at)),
            "level": "INFO",
            "logger": LINES,
            "message": f"{exchange.method} {exchange.route} {exchange.status}",
            "request_id": request,
            "status": exchange.status,
            "took_ms": round(exchange.seconds * 1000, 3),
        }
    )


@lru_cache(maxsize=4)
def _shown(second: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(second))
