"""One line of the log for each request, written a moment later together with its neighbours.

A line written by itself takes a sixth of a cached answer's time. A process that is killed
takes the lines of the last tenth of a second with it.
"""

import asyncio
import logging
import time
from dataclasses import dataclass

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
        self._lines: list[bytes] = []
        self._second = 0
        self._shown = ""

    def __call__(self, exchange: Exchange) -> None:
        """To be called inside the event loop."""
        if not log.isEnabledFor(logging.INFO):
            return
        if not self._lines:
            asyncio.get_running_loop().call_later(_DELAY_S, self.flush)
        self._lines.append(self._line(exchange))

    def flush(self) -> None:
        """Write what waits."""
        lines, self._lines = self._lines, []
        if lines:
            log.info(b"\n".join(lines).decode())

    def _line(self, exchange: Exchange) -> bytes:
        return orjson.dumps(
            {
                "time": self._now(),
                "level": "INFO",
                "logger": LINES,
                "message": f"{exchange.method} {exchange.route} {exchange.status}",
                "request_id": request_id.get(),
                "status": exchange.status,
                "took_ms": round(exchange.seconds * 1000, 3),
            }
        )

    def _now(self) -> str:
        second = int(time.time())
        if second != self._second:
            self._second = second
            self._shown = time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(second))
        return self._shown
