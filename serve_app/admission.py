"""Which requests are taken, and whose text goes first where not all can go at once.

A request is bulk from a certain number of characters on. Little ones and bulk are counted
apart, so that bulk fills up bulk alone. Knows characters; nothing of texts or analyses.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from deployments.fair_queue import Caller
from serve_app.errors import ServiceOverloaded

_RETRY_AFTER_MIN_S, _RETRY_AFTER_MAX_S = 1, 60


class Admission:
    """Bounds the characters of new text that one driver replica has taken on."""

    def __init__(
        self,
        *,
        bulk_above: int,
        waiting_characters: int,
        waiting_bulk_characters: int,
        drain_s: Callable[[int, bool], float],
    ) -> None:
        """Nothing is taken on yet.

        Args:
            bulk_above: a request of more characters is bulk.
            waiting_characters: of all little requests together.
            waiting_bulk_characters: of all bulk together.
            drain_s: about how long so many characters of bulk (True) or others take, in seconds.
        """
        self._bulk_above = bulk_above
        self._limits = {False: waiting_characters, True: waiting_bulk_characters}
        self._waiting = {False: 0, True: 0}
        self._drain_s = drain_s

    @contextmanager
    def admit(self, characters: int, *, bulk: bool = False) -> Iterator[Caller]:
        """Take on a request with so many characters to analyse, until the end of the context.

        One request is always taken, whatever its size.

        Args:
            characters: of its new text.
            bulk: whether it gives way to others however short it is.

        Raises:
            ServiceOverloaded: too much is waiting.
        """
        bulk = bulk or characters > self._bulk_above
        waiting = self._waiting[bulk]
        if waiting and waiting + characters > self._limits[bulk]:
            raise ServiceOverloaded(self._retry_after_s(waiting, bulk))
        self._waiting[bulk] += characters
        try:
            yield Caller(bulk=bulk)
        finally:
            self._waiting[bulk] -= characters

    def _retry_after_s(self, characters: int, bulk: bool) -> int:
        drain_s = math.ceil(self._drain_s(characters, bulk))
        return min(max(drain_s, _RETRY_AFTER_MIN_S), _RETRY_AFTER_MAX_S)
