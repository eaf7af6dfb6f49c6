"""The text of one class of requests that waits, and those who were told to come back.

Whoever is refused has a place in a line that moves as fast as texts are answered, and is told when
his turn comes. Without that all who are refused would be told the same second, come back together,
and be refused again beside those who come for the first time. Half of the room is the line's; the
other half is anyone's, so that none stays empty for somebody who never comes back. Knows
characters and keys; nothing of texts or analyses.
"""

import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count

from serve_app.admission.drain_rate import RETRY_AFTER_MAX_S, DrainRate, retry_after_s
from serve_app.errors import ServiceOverloaded

#: Share of the room that is anyone's while others stand in line.
_NEWCOMERS_SHARE = 0.5
#: The line moves a little slower than texts are answered: room that is there early is taken by
#: newcomers, room that is not there in time is another refusal.
_LINE_SPEED = 0.95
#: Whoever comes so long after his turn has lost it: clients add a pause of their own.
_GRACE_S = 5.0
#: About so many of the latest places tell which share of them is taken up.
_REMEMBERED_PLACES = 50
_LEAST_TAKEN_UP = 0.1
MAX_PLACES = 100_000


@dataclass(frozen=True, slots=True)
class LaneLimits:
    """How much of a class of requests may wait.

    Attributes:
        characters: never more.
        waiting_s: no more than is answered in so many seconds; None for as long as it takes.
        at_once: characters that the analyses take on at a time; so many may wait at any rate.
    """

    characters: int
    waiting_s: float | None = None
    at_once: int = 0


class Admitted:
    """A request that was taken on.

    Attributes:
        characters: of its texts that have no answer yet.
        texts: how many those are.
        since: when it was taken on, by the lane's clock.
    """

    def __init__(self, rate: DrainRate, characters: int, texts: int, since: float) -> None:
        self._rate = rate
        self.characters = characters
        self.texts = texts
        self.since = since
        self._over = False

    def answered(self, characters: int, *, done: bool) -> None:
        """One of its texts waits no more; after the request's end that is known already.

        Args:
            characters: of the text.
            done: whether it was analysed, which is what the rate counts.
        """
        if self._over:
            return
        self.characters -= characters
        self.texts -= 1
        self._rate.leave(characters, done=done)

    def end(self) -> None:
        """None of its texts waits any more; what still runs for it counts no more."""
        self._over = True
        self._rate.leave(self.characters, done=False)


class Lane:
    """One class of requests in one driver replica."""

    def __init__(self, limits: LaneLimits, clock: Callable[[], float] = time.monotonic) -> None:
        """Nothing waits, and nobody was refused.

        Args:
            limits: of what waits.
            clock: seconds.
        """
        self._limits = limits
        self._clock = clock
        # Less than half of the room that newcomers have beside a line, or it would stay unknown.
        self._rate = DrainRate(max(1, limits.at_once * _NEWCOMERS_SHARE / 2), clock)
        self._admitted: dict[Admitted, None] = {}  # the oldest first
        self._line = _Line()

    @property
    def waiting_characters(self) -> int:
        """Of texts that have no answer yet."""
        return self._rate.waiting

    @property
    def waiting_texts(self) -> int:
        """Those that have no answer yet."""
        return sum(each.texts for each in self._admitted)

    @property
    def oldest_wait_s(self) -> float:
        """How long the request that was taken on first has waited; 0 where none waits."""
        first = next(iter(self._admitted), None)
        return self._clock() - first.since if first else 0.0

    @property
    def characters_per_s(self) -> float:
        """Characters answered a second while enough wait; 0 before that is known."""
        return self._rate.per_s or 0.0

    @property
    def limit(self) -> float:
        """The characters that may wait now."""
        rate, waiting_s = self._rate.per_s or 0.0, self._limits.waiting_s
        if waiting_s is None:
            return self._limits.characters
        return min(self._limits.characters, max(rate * waiting_s, self._limits.at_once))

    @contextmanager
    def admit(self, characters: int, *, texts: int = 1, key: Hashable = None) -> Iterator[Admitted]:
        """Take on a request until the end of the context; one always, whatever its size.

        Args:
            characters: of its new texts.
            texts: how many those are.
            key: by which it is known when it comes back; None where it will not.

        Raises:
            ServiceOverloaded: too much is waiting.
        """
        now = self._clock()
        self._line.move(now)
        if self._rate.waiting and self._rate.waiting + characters > self._room(key, now):
            raise ServiceOverloaded(self._wait_s(characters, key, now))
        self._line.leave(key)
        admitted = Admitted(self._rate, characters, texts, now)
        self._admitted[admitted] = None
        self._rate.come(characters)
        try:
            yield admitted
        finally:
            del self._admitted[admitted]
            admitted.end()

    def _room(self, key: Hashable, now: float) -> float:
        """The characters that may wait for a request of this key to be taken on."""
        in_turn = not self._line.moving(now) or self._line.is_due(key, now)
        return self.limit * (1 if in_turn else _NEWCOMERS_SHARE)

    def _wait_s(self, characters: int, key: Hashable, now: float) -> int:
        """The whole seconds after which the request will be taken on."""
        # What has to be answered before there is room for it.
        excess_s = self._rate.seconds(self._rate.waiting + characters - self.limit)
        if (due := self._line.due(key)) is None:
            return self._line.join(key, self._rate.seconds(characters), excess_s, now)
        if now < due:
            return retry_after_s(due - now)
        return self._line.postpone(key, excess_s, now)


class _Line:
    """Those who were refused: when the turn of each comes."""

    def __init__(self) -> None:
        self._due: dict[Hashable, float] = {}
        # By time; of a key that was taken on or postponed an earlier time stays until it is over.
        self._times: list[tuple[float, int, Hashable]] = []
        self._numbers = count()
        self._ends_at = 0.0
        self._last_due = 0.0
        self._taken_up = 1.0  # the share of places

    def moving(self, now: float) -> bool:
        """Whether the turn of the last one is still to come."""
        return now < self._last_due

    def due(self, key: Hashable) -> float | None:
        """When the turn of this one comes; None where he has no place."""
        return self._due.get(key)

    def is_due(self, key: Hashable, now: float) -> bool:
        """Whether it is his turn."""
        return key in self._due and self._due[key] <= now

    def join(self, key: Hashable, work_s: float, excess_s: float, now: float) -> int:
        """Stand at the end of the line; the whole seconds until his turn.

        Args:
            key: who.
            work_s: how long his texts take.
            excess_s: how long it takes until there is room for them, were he the first.
            now: by the lane's clock.
        """
        ends_at = max(self._ends_at + work_s * self._taken_up / _LINE_SPEED, now + excess_s)
        wait_s = retry_after_s(ends_at - now)
        # Nobody is promised a place farther away than he can be told.
        if key is not None and ends_at - now <= RETRY_AFTER_MAX_S and len(self._due) < MAX_PLACES:
            self._ends_at = ends_at
            self._promise(key, now + wait_s)
            self._last_due = max(self._last_due, now + wait_s)
        return wait_s

    def postpone(self, key: Hashable, excess_s: float, now: float) -> int:
        """It is his turn, but there is no room yet; the whole seconds until there is."""
        wait_s = retry_after_s(excess_s)
        self._promise(key, now + wait_s)
        return wait_s

    def leave(self, key: Hashable) -> None:
        """He was taken on."""
        if self._due.pop(key, None) is not None:
            self._note(came=True)

    def move(self, now: float) -> None:
        """Have those leave who did not come when it was their turn."""
        while self._times and self._times[0][0] + _GRACE_S < now:
            due, _, key = heappop(self._times)
            if self._due.get(key) == due:
                del self._due[key]
                self._note(came=False)

    def _promise(self, key: Hashable, due: float) -> None:
        self._due[key] = due
        heappush(self._times, (due, next(self._numbers), key))

    def _note(self, *, came: bool) -> None:
        taken_up = self._taken_up + (came - self._taken_up) / _REMEMBERED_PLACES
        self._taken_up = max(_LEAST_TAKEN_UP, taken_up)
