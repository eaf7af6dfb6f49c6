"""The limits and the usage of keys in Redis, for all replicas: one script for a request.

A call that is left without an answer may have been counted or not. It is asked for later, and what
was not counted by then never is, however late Redis comes to it.
"""

import itertools
import uuid
from collections.abc import Awaitable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, cast
from uuid import UUID

from serve_app.cache.redis_server import RedisServer
from serve_app.quotas.answer import Standing
from serve_app.quotas.key_count import KeyCount
from serve_app.quotas.limits import SECOND_US, Cost, KeyQuota, day_of, month_of
from serve_app.quotas.usage_rows import UsageName, UsageRow

_LUA = Path(__file__).parent / "lua"
_DAY_S = 86_400
_BUCKET_TTL_S = 32 * _DAY_S
#: For so long usage waits in Redis for a Postgres that is away.
USAGE_TTL_S = 8 * _DAY_S
#: What Redis has in its sockets when it stops for a while comes no later than this.
_LATE_US = 60 * SECOND_US
_PREFIX = "postlens:quota:"
_USAGE = f"{_PREFIX}usage:"
_INDEX = f"{_PREFIX}usages"
_SCAN_FIELDS = 1_000
_COLUMNS = ("posts", "characters", "requests")


class OpenCall(NamedTuple):
    """A call of which nobody knows whether Redis has counted it."""

    number: int
    name: UsageName
    cost: Cost


class RedisLimiter:
    """Counts in Redis.

    Attributes:
        unanswered: calls to be settled.
    """

    def __init__(self, server: RedisServer) -> None:
        """Nothing is counted yet.

        Args:
            server: shared with the cache, as is its circuit breaker.
        """
        self._server = server
        self._count = server.client.register_script((_LUA / "count.lua").read_text())
        self._settle = server.client.register_script((_LUA / "settle.lua").read_text())
        self._done = f"{_PREFIX}calls:{uuid.uuid4().hex}"
        self._numbers = itertools.count(1)
        self._open: dict[int, int | None] = {}  # until when, of those that are settled
        self.unanswered: list[OpenCall] = []

    async def take(
        self, quota: KeyQuota, cost: Cost, now_us: int
    ) -> tuple[Standing | None, OpenCall | None]:
        """Count a request, or refuse it.

        Returns:
            The key's standing; None where Redis does not answer, and then the call, if one was
            made.
        """
        number, made = next(self._numbers), False
        self._open[number] = None

        async def count() -> Any:
            nonlocal made
            made = True
            return await self._count(*self._arguments(quota, cost, now_us, number))

        try:
            reply = await self._server.call(count, None)
        except BaseException:  # the caller has gone; what was counted stays
            del self._open[number]
            raise
        if reply is not None or not made:
            del self._open[number]
        if reply is None:
            name = UsageName(quota.workspace, quota.key, day_of(now_us))
            return None, OpenCall(number, name, cost) if made else None
        fits, level, posts, characters = map(int, reply)
        count_now = KeyCount(level, now_us, month_of(day_of(now_us)), posts, characters)
        return Standing(quota.limits, count_now, bool(fits), now_us), None

    async def settle(self, now_us: int) -> list[OpenCall]:
        """Ask for the calls without an answer; those that Redis has not counted, and never will."""
        for number in [
            n for n, until in self._open.items() if until is not None and until < now_us
        ]:
            del self._open[number]
        uncounted: list[OpenCall] = []
        while self.unanswered:
            call = self.unanswered[-1]
            settle = partial(self._settle, [self._done], [call.number])
            counted = await self._server.call(settle, None)
            if counted is None:
                break
            self.unanswered.pop()
            self._open[call.number] = now_us + _LATE_US
            if not int(counted):
                uncounted.append(call)
        return uncounted

    async def usages(self) -> list[tuple[str, str, int]]:
        """What Redis has of days: name, epoch, and a number that grows with every count."""

        async def read() -> list[tuple[str, str, int]]:
            names = sorted(await cast(Awaitable[Any], self._server.client.smembers(_INDEX)))
            found = []
            for name in names:
                reply = self._server.client.hmget(name, ["epoch", "counted"])
                epoch, counted = await cast(Awaitable[Any], reply)
                if epoch is None:  # it has lived its time
                    await cast(Awaitable[Any], self._server.client.srem(_INDEX, name))
                else:
                    found.append((name.decode(), epoch.decode(), int(counted)))
            return found

        return await self._server.call(read, [])

    async def totals(self, name: str, epoch: str) -> list[UsageRow] | None:
        """The totals of a day; None where Redis does not answer, or has begun another epoch."""

        async def read() -> list[UsageRow] | None:
            fields: dict[bytes, bytes] = {}
            async for field, value in self._server.client.hscan_iter(name, count=_SCAN_FIELDS):
                fields[field] = value
            afterwards = await cast(Awaitable[Any], self._server.client.hget(name, "epoch"))
            same = afterwards == epoch.encode()
            return _rows(_day(name), UUID(epoch), fields) if same else None

        return await self._server.call(read, None)

    def _arguments(
        self, quota: KeyQuota, cost: Cost, now_us: int, number: int
    ) -> tuple[list[str], list[Any]]:
        day, limits, used = day_of(now_us), quota.limits, quota.used
        keys = [f"{_PREFIX}key:{quota.key}", self._done, _INDEX]
        most = (limits.posts_per_minute, limits.posts_per_month, limits.characters_per_month)
        return keys, [
            now_us, month_of(day), cost.posts, cost.characters, cost.requests,
            *(-1 if limit is None else limit for limit in most),
            used.month, used.posts, used.characters,
            f"{_USAGE}{day}:", f"{quota.workspace}:{quota.key}", uuid.uuid4().hex,
            number, next(iter(self._open)), _BUCKET_TTL_S, USAGE_TTL_S,
        ]  # fmt: skip


def _day(name: str) -> int:
    return int(name.removeprefix(_USAGE).partition(":")[0])


def _rows(day: int, epoch: UUID, fields: dict[bytes, bytes]) -> list[UsageRow]:
    """The totals in the fields of a day's hash, each of which is one column of one key."""
    totals: dict[str, dict[str, int]] = {}
    for field, value in fields.items():
        name, colon, column = field.decode().rpartition(":")
        if colon:
            totals.setdefault(name, {})[column] = int(value)
    rows = []
    for name, columns in totals.items():
        workspace, _, key = name.partition(":")
        usage = UsageName(int(workspace), UUID(key), day)
        rows.append(UsageRow(usage, epoch, *(columns.get(column, 0) for column in _COLUMNS)))
    return rows
