"""How a caller learns of its limits: the headers of an answer, and the problem of a refusal.

Headers after draft-ietf-httpapi-ratelimit-headers: structured fields (RFC 9651), a member for each
limit with what is left (``r``) and the seconds until all of it is free again (``t``).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from serve_app.problems import Problem, problem
from serve_app.quotas.key_count import KeyCount
from serve_app.quotas.limits import MINUTE_US, SECOND_US, Cost, KeyLimits, day_of, next_month

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """A key after a request was counted or refused.

    Attributes:
        count: what is used then.
        fits: whether it was counted.
    """

    limits: KeyLimits
    count: KeyCount
    fits: bool
    now_us: int

    def headers(self) -> Headers:
        """``RateLimit-Policy`` and ``RateLimit``."""
        policies, states = [], []
        for name, limit, left, reset_s in self._limits():
            window = ";w=60" if name == "minute" else ""
            policies.append(f'"{name}";q={limit}{window}')
            states.append(f'"{name}";r={left};t={reset_s}')
        return ("RateLimit-Policy", ", ".join(policies)), ("RateLimit", ", ".join(states))

    def fitting(self, characters: Sequence[int]) -> int:
        """How many posts of these lengths, from the first on, are within what is left."""
        most, left = min(len(characters), self.left_posts), self.left_characters
        for index, length in enumerate(characters):
            left -= length
            if index >= most or left < 0:
                return index
        return len(characters)

    @property
    def left_posts(self) -> float:
        """Within both limits of posts; may be infinite."""
        lefts = [left for name, _, left, _ in self._limits() if name != "month-characters"]
        return min(lefts, default=float("inf"))

    @property
    def left_characters(self) -> float:
        """Of the month; may be infinite."""
        most = self.limits.characters_per_month
        return float("inf") if most is None else max(0, most - self.count.characters)

    def refusal(self, cost: Cost) -> Problem:
        """Why a request of this cost was refused."""
        limits, count = self.limits, self.count
        month_s = self._month_s()
        if (most := limits.posts_per_month) and count.posts + cost.posts > most:
            return self._quota(most, most - count.posts, cost.posts, "posts", month_s)
        if (most := limits.characters_per_month) and count.characters + cost.characters > most:
            left = most - count.characters
            return self._quota(most, left, cost.characters, "characters", month_s)
        return self._rate(limits.posts_per_minute or 0, cost.posts)

    def _limits(self) -> list[tuple[str, int, int, int]]:
        """Of each limit that there is: name, size, what is left, seconds until all is."""
        limits, count = self.limits, self.count
        found = []
        if (most := limits.posts_per_minute) is not None:
            left = max(0, most * MINUTE_US - count.level) // MINUTE_US
            found.append(("minute", most, left, _ceil(count.level, most * SECOND_US)))
        if (most := limits.posts_per_month) is not None:
            found.append(("month", most, max(0, most - count.posts), self._month_s()))
        if (most := limits.characters_per_month) is not None:
            left = max(0, most - count.characters)
            found.append(("month-characters", most, left, self._month_s()))
        return found

    def _rate(self, most: int, posts: int) -> Problem:
        if posts > most:
            detail = f"The request holds {posts:,} posts; the key may send {most:,} a minute."
            fix = f"It never fits: send at most {most:,} posts at a time."
            return problem("rate-limited", detail, fix=fix, headers=self.headers())
        left = max(0, most * MINUTE_US - self.count.level) // MINUTE_US
        missing = self.count.level + posts * MINUTE_US - most * MINUTE_US
        wait_s = max(1, _ceil(missing, most * SECOND_US))
        detail = (
            f"The request holds {posts:,} posts, and {left:,} of the key's {most:,} a minute are "
            f"left; it fits in {wait_s} s."
        )
        return problem("rate-limited", detail, headers=(*self.headers(), _retry_after(wait_s)))

    def _quota(self, most: int, left: int, asked: int, unit: str, month_s: int) -> Problem:
        left = max(0, left)
        begins = next_month(day_of(self.now_us))
        detail = (
            f"The request holds {asked:,} {unit}, and {left:,} of the key's {most:,} of this month "
            f"are left; the next month begins on {begins:%Y-%m-%d} at 0:00 UTC."
        )
        if asked > most:
            fix = f"It never fits: send at most {most:,} {unit} at a time."
            return problem("quota-exhausted", detail, fix=fix, headers=self.headers())
        return problem("quota-exhausted", detail, headers=(*self.headers(), _retry_after(month_s)))

    def _month_s(self) -> int:
        begins_us = round(next_month(day_of(self.now_us)).timestamp()) * SECOND_US
        return _ceil(begins_us - self.now_us, SECOND_US)


def _retry_after(seconds: int) -> tuple[str, str]:
    return "Retry-After", str(seconds)


def _ceil(dividend: int, divisor: int) -> int:
    return -(-dividend // divisor)
