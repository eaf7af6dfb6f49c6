"""Records in Redis, shared by all replicas.

The only module that knows redis.
"""

import logging
import time
from asyncio import timeout
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from serve_app.analysis_record import AnalysisRecord
from serve_app.cache.circuit_breaker import CircuitBreaker
from serve_app.cache.codec import RecordCodec, format_id
from serve_app.cache.ttl import TtlPolicy

log = logging.getLogger(__name__)

T = TypeVar("T")

_CONNECTIONS = 16


class RedisCache:
    """Records in Redis: encoded, with a time to live.

    ``put_many`` replaces what Redis has: the caller puts the merged record. Redis that is
    down, slow or full of nonsense is a miss. Reading does not prolong a TTL, so that a
    look-up stays one MGET; :meth:`renew` does, for many records at once.

    Attributes:
        ttl: of a record; the caller says how often it was used.
        breaker: open while Redis fails.
        failures: calls that failed or took too long.
        skipped: calls not made because the breaker was open.
        corrupt: values that were no records.
    """

    def __init__(
        self,
        url: str,
        ttl: TtlPolicy,
        *,
        timeout_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Connects at the first call.

        Args:
            url: ``redis://``, ``rediss://`` or ``unix://``.
            ttl: of the records.
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
        self._client = redis.Redis.from_pool(pool)
        self._codec = RecordCodec()
        self._timeout_s = timeout_s
        self.breaker = CircuitBreaker("Redis", clock)
        self.ttl = ttl
        self.failures = 0
        self.skipped = 0
        self.corrupt = 0

    @property
    def up(self) -> bool:
        """See :class:`Cache`."""
        return self.breaker.closed

    async def get_many(self, digests: Sequence[str]) -> dict[str, AnalysisRecord]:
        """See :class:`Cache`."""
        return {digest: record for digest, (record, _) in (await self.fetch(digests)).items()}

    async def put_many(self, records: Sequence[AnalysisRecord]) -> None:
        """See :class:`Cache`; each record replaces the one that Redis has."""
        encoded = {record.digest: self._codec.encode(record) for record in records}
        await self.write(encoded, dict.fromkeys(encoded, self.ttl.ttl_s(0)))

    async def fetch(self, digests: Sequence[str]) -> dict[str, tuple[AnalysisRecord, bytes]]:
        """The records it has among these digests, each also as it is encoded."""
        if not digests:
            return {}
        keys = [_key(digest) for digest in digests]
        values: list[Any] = await self._call(lambda: self._client.mget(keys), [None] * len(keys))
        return {
            digest: (record, value)
            for digest, value in zip(digests, values, strict=True)
            if value is not None and (record := self._decode(digest, value)) is not None
        }

    async def write(self, encoded: Mapping[str, bytes], ttls_s: Mapping[str, float]) -> bool:
        """Set encoded records, by digest, to expire after so many seconds.

        Returns:
            Whether Redis has them now.
        """

        async def set_all() -> bool:
            async with self._client.pipeline(transaction=False) as pipeline:
                for digest, value in encoded.items():
                    pipeline.set(_key(digest), value, px=_ms(ttls_s[digest]))
                await pipeline.execute()
            return True

        return bool(encoded) and await self._call(set_all, False)

    async def renew(self, ttls_s: Mapping[str, float]) -> dict[str, float] | None:
        """Let records expire after so many seconds from now, by digest; never earlier than before.

        Returns:
            In how many seconds each expires now, 0 for one that Redis does not have; None
            where Redis did not answer.
        """

        async def expire_all() -> dict[str, float] | None:
            async with self._client.pipeline(transaction=False) as pipeline:
                for digest, ttl_s in ttls_s.items():
                    # GT: another replica may have seen more uses and granted more.
                    pipeline.pexpire(_key(digest), _ms(ttl_s), gt=True)
                    pipeline.pttl(_key(digest))
                replies = await pipeline.execute()
            ttls_ms = zip(ttls_s, replies[1::2], strict=True)
            return {digest: max(0, ttl_ms) / 1000 for digest, ttl_ms in ttls_ms}

        return await self._call(expire_all, None)

    async def forget(self, digests: Sequence[str]) -> None:
        """See :class:`Cache`."""

        async def unlink() -> None:
            await self._client.unlink(*(_key(digest) for digest in digests))

        if digests:
            await self._call(unlink, None)

    async def close(self) -> None:
        """See :class:`Cache`."""
        await self._client.aclose(close_connection_pool=True)

    async def _call(self, call: Callable[[], Awaitable[T]], default: T) -> T:
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

    def _decode(self, digest: str, value: bytes) -> AnalysisRecord | None:
        try:
            return self._codec.decode(digest, value)
        except ValueError:
            self.corrupt += 1
            if self.corrupt == 1:  # the rest is in the count
                log.warning("Redis holds no record under %s.", _key(digest))
            return None


def _key(digest: str) -> str:
    # With the format of the value: where it is another, old values are never read.
    return f"postlens:{format_id()}:{digest}"


def _ms(ttl_s: float) -> int:
    return max(1, round(ttl_s * 1000))
