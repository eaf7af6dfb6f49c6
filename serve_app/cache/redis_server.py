"""Calls of a Redis that may be down, slow or gone at any time."""

import time
from asyncio import timeout
from collections.abc import Awaitable, Callable
from typing import TypeVar

import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from serve_app.cache.circuit_breaker import CircuitBreaker

T = TypeVar("T")

_CONNECTIONS = 16


class RedisServer:
    """A pool of connections behind a circuit breaker, shared by all calls of a replica.

    Attributes:
        client: for the calls that are given to :meth:`call`.
        breaker: open while Redis fails.
        failures: calls that failed or took too long.
        skipped: calls not made because the breaker was open.
    """

    def __init__(
        self, url: str, *, timeout_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Connects at the first call.

        Args:
            url: ``redis://``, ``rediss://`` or ``unix://``.
            timeout_s: a call that takes longer, connecting included, has failed.
            clock: seconds from any start.

        Raises:
            ValueError: the URL is none of these.
        """
        pool = redis.BlockingConnectionPool.from_url(
            url,
            max_connections=_CONNECTIONS,
            timeout=timeout_s,
            socket_timeout=timeout_s,
            socket_connect_timeout=timeout_s,
            # Once more at once: after a restart of Redis, pooled connections are dead.
            retry=Retry(NoBackoff(), 1),
        )
        self.client = redis.Redis.from_pool(pool)
        self._timeout_s = timeout_s
        self.breaker = CircuitBreaker("Redis", clock)
        self.failures = 0
        self.skipped = 0

    async def call(self, call: Callable[[], Awaitable[T]], default: T) -> T:
        """The reply of a call through the circuit breaker; ``default`` where there is none."""
        if not self.breaker.allow_call():
            self.skipped += 1
            return default
        try:
            async with timeout(self._timeout_s):
                reply = await call()
        except (redis.RedisError, OSError) as error:  # TimeoutError is an OSError
            self.failures += 1
            self.breaker.record_failure(error)
            return default
        self.breaker.record_success()
        return reply

    async def close(self) -> None:
        """Disconnect."""
        await self.client.aclose(close_connection_pool=True)
