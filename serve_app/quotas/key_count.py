"""The arithmetic of a key's limits, as ``lua/count.lua`` has it for Redis.

The minute is a leaky bucket (GCRA in its second form, ITU-T I.371): a post fills it by a minute in
microseconds, and in each microsecond as much flows out as the limit has posts. So all numbers are
integers below 2**53, the same in Lua and in Python.
"""

from dataclasses import dataclass

from serve_app.quotas.limits import MINUTE_US, Cost, KeyLimits, MonthUse


@dataclass(frozen=True, slots=True)
class KeyCount:
    """What a key has used.

    Attributes:
        level: of the bucket; full at ``posts_per_minute`` minutes in microseconds.
        at_us: when the level was that.
        month: of ``posts`` and ``characters``, see :class:`MonthUse`.
    """

    level: int = 0
    at_us: int = 0
    month: int = 0
    posts: int = 0
    characters: int = 0

    def at(self, now_us: int, limits: KeyLimits, used: MonthUse, month: int) -> "KeyCount":
        """What is counted at a moment: some has flowed out, perhaps a month has begun.

        Clocks of replicas differ: no time and no month comes back.

        Args:
            now_us: since 1970.
            limits: of the key.
            used: at least, where it is of this month.
            month: of ``now_us``.
        """
        passed_us = min(max(0, now_us - self.at_us), MINUTE_US)
        level = max(0, self.level - passed_us * (limits.posts_per_minute or 0))
        begins = month > self.month
        posts, characters = (0, 0) if begins else (self.posts, self.characters)
        current = month if begins else self.month
        if used.month == current:
            posts, characters = max(posts, used.posts), max(characters, used.characters)
        # What is not held to the minute lets nothing flow out.
        drained = limits.posts_per_minute is not None
        at_us = max(now_us, self.at_us) if drained else self.at_us
        return KeyCount(level, at_us, current, posts, characters)

    def fits(self, limits: KeyLimits, cost: Cost) -> bool:
        """Whether so much is left of every limit."""
        return (
            _fits(self.level, cost.posts * MINUTE_US, (limits.posts_per_minute, MINUTE_US))
            and _fits(self.posts, cost.posts, (limits.posts_per_month, 1))
            and _fits(self.characters, cost.characters, (limits.characters_per_month, 1))
        )

    def plus(self, limits: KeyLimits, cost: Cost) -> "KeyCount":
        """With a request that fits."""
        filled = cost.posts * MINUTE_US if limits.posts_per_minute is not None else 0
        return KeyCount(
            self.level + filled,
            self.at_us,
            self.month,
            self.posts + cost.posts,
            self.characters + cost.characters,
        )


def _fits(used: int, more: int, limit: tuple[int | None, int]) -> bool:
    most, unit = limit
    return most is None or used + more <= most * unit
