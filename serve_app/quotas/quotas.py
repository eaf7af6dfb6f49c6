"""What every request with posts is counted by, before any work is done for it."""

from collections.abc import Awaitable, Callable
from typing import Self
from uuid import UUID

from serve_app.cache.redis_server import RedisServer
from serve_app.quotas.answer import Standing
from serve_app.quotas.limits import Cost, KeyQuota, day_of
from serve_app.quotas.local_limiter import LocalLimiter
from serve_app.quotas.local_usage import LocalUsage
from serve_app.quotas.metering import Metering
from serve_app.quotas.redis_limiter import OpenCall, RedisLimiter
from serve_app.quotas.workspace_counts import WorkspaceCounts
from serve_app.store.database import Database

_NOTHING = Cost(0, 0, 0)


class Quotas:
    """Counts requests and refuses those beyond the limits of their key.

    Attributes:
        counts: since the start, for the metrics.
        metering: brings usage to Postgres.
        now_us: microseconds since 1970.
    """

    def __init__(
        self,
        usage: LocalUsage,
        redis: RedisLimiter | None,
        metering: Metering,
        now_us: Callable[[], int],
    ) -> None:
        self._usage = usage
        self._redis = redis
        self._local = LocalLimiter()
        self.now_us = now_us
        self.metering = metering
        self.counts = WorkspaceCounts()

    @classmethod
    def over(
        cls,
        database: Database,
        workspace_id: Callable[[str], Awaitable[int]],
        redis: RedisServer | None,
        now_us: Callable[[], int],
    ) -> Self:
        """Over these servers.

        Args:
            database: where usage is kept.
            workspace_id: the id of the workspace with a name.
            redis: without one, each replica counts by itself.
            now_us: microseconds since 1970.
        """
        usage = LocalUsage(database, workspace_id)
        limiter = RedisLimiter(redis) if redis else None
        return cls(usage, limiter, Metering(database, usage, limiter, now_us), now_us)

    def count(self, workspace: str, key: UUID | None, cost: Cost) -> None:
        """Count a request of a caller without limits; asks nobody.

        Args:
            workspace: by its name.
            key: its id; None for one of the environment, or where none was needed.
            cost: of the request.
        """
        self._usage.add(workspace, key, day_of(self.now_us()), cost)
        self.counts.add(workspace, cost)

    async def take(self, workspace: str, quota: KeyQuota, cost: Cost) -> Standing:
        """Count a request of a key where it is within its limits, or refuse it.

        Args:
            workspace: of the key, by its name.
            quota: of the key.
            cost: of the request.
        """
        now_us = self.now_us()
        standing, open_call = None, None
        if self._redis is not None:
            standing, open_call = await self._redis.take(quota, cost, now_us)
        if standing is None:
            standing = self._local.take(quota, cost, now_us)
            self._count_beside_redis(workspace, quota, cost, standing, open_call)
        if standing.fits:
            self.counts.add(workspace, cost)
        else:
            self.counts.refuse(workspace)
        return standing

    def _count_beside_redis(
        self,
        workspace: str,
        quota: KeyQuota,
        cost: Cost,
        standing: Standing,
        open_call: OpenCall | None,
    ) -> None:
        """Count a request that Redis did not answer: now, or once it says what it has done."""
        if open_call is not None:
            assert self._redis is not None
            counted = cost if standing.fits else _NOTHING
            self._redis.unanswered.append(open_call._replace(cost=counted))
        elif standing.fits:
            self._usage.add(workspace, quota.key, day_of(standing.now_us), cost)
