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
from serve_app.cache.circuit_breaker import Breaker
from serve_app.cache.codec import Packer, form
from serve_app.cache.ttl import Lifetime

log = logging.getLogger(__name__)

T = TypeVar("T")

_CONNECTIONS = 16


class RedisCache:
    """Records in Redis: packed, with a time to live.

    ``put_many`` replaces what Redis has: the caller puts the merged record. Redis that is
    down, slow or full of nonsense is a miss. Reading does not prolong a life, so that a
    look-up stays one MGET; :meth:`renew` does, for many records at once.

    Attributes:
        lifetime: how long a record stays; the caller says what it has earned.
        failures: calls that failed or took too long.
        skipped: calls not made because Redis had failed just before.
        corrupt: values that were no records.
    """

    def __init__(
        self,
        url: str,
        lifetime: Lifetime,
        *,
        timeout_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Connects at the first call.

        Args:
            url: ``redis://``, ``rediss://`` or ``unix://``.
            lifetime: of the records.
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
        self._packer = Packer()
        self._timeout_s = timeout_s
        self._breaker = Breaker("Redis", clock)
        self.lifetime = lifetime
        self.failures = 0
        self.skipped = 0
        self.corrupt = 0

    @property
    def available(self) -> bool:
        """Whether the last call went well."""
        return self._breaker.closed

    async def get_many(self, digests: Sequence[str]) -> dict[str, AnalysisRecord]:
        """See :class:`Cache`."""
        return {digest: record for digest, (record, _) in (await self.fetch(digests)).items()}

    async def put_many(self, records: Sequence[AnalysisRecord]) -> None:
        """See :class:`Cache`; each record replaces the one that Redis has."""
        packed = {record.digest: self._packer.pack(record) for record in records}
        await self.write(packed, dict.fromkeys(packed, self.lifetime.after(0)))

    async def fetch(self, digests: Sequence[str]) -> dict[str, tuple[AnalysisRecord, bytes]]:
        """The records it has among these digests, each also as it was packed."""
        if not digests:
            return {}
        keys = [_key(digest) for digest in digests]
        values: list[Any] = await self._guarded(lambda: self._client.mget(keys), [None] * len(keys))
        return {
            digest: (record, value)
            for digest, value in zip(digests, values, strict=True)
            if value is not None and (record := self._unpack(digest, value)) is not None
        }

    async def write(self, packed: Mapping[str, bytes], lives_s: Mapping[str, float]) -> bool:
        """Set these packed records, by digest, to live so many seconds; whether it went well."""
        return bool(packed) and await self._guarded(lambda: self._write(packed, lives_s), False)

    async def renew(self, lives_s: Mapping[str, float]) -> dict[str, float] | None:
        """Let records live on for so many seconds from now, by digest; never shorter.

        Returns:
            How many seconds each has now, 0 for one that Redis does not have; None where
            Redis did not answer.
        """
        return await self._guarded(lambda: self._renew(lives_s), None)

    async def close(self) -> None:
        """See :class:`Cache`."""
        await self._client.aclose(close_connection_pool=True)

    async def _write(self, packed: Mapping[str, bytes], lives_s: Mapping[str, float]) -> bool:
        async with self._client.pipeline(transaction=False) as pipeline:
            for digest, value in packed.items():
                pipeline.set(_key(digest), value, px=_ms(lives_s[digest]))
            await pipeline.execute()
        return True

    async def _renew(self, lives_s: Mapping[str, float]) -> dict[str, float] | None:
        async with self._client.pipeline(transaction=False) as pipeline:
            for digest, life_s in lives_s.items():
                # GT: another replica may have seen more uses and granted more.
                pipeline.pexpire(_key(digest), _ms(life_s), gt=True)
                pipeline.pttl(_key(digest))
            replies = await pipeline.execute()
        return {d: max(0, ms) / 1000 for d, ms in zip(lives_s, replies[1::2], strict=True)}

    async def _guarded(self, call: Callable[[], Awaitable[T]], otherwise: T) -> T:
        if not self._breaker.lets_through():
            self.skipped += 1
            return otherwise
        try:
            async with timeout(self._timeout_s):
                answer = await call()
        except (redis.RedisError, OSError) as error:  # TimeoutError is an OSError
            self.failures += 1
            self._breaker.failed(error)
            return otherwise
        self._breaker.succeeded()
        return answer

    def _unpack(self, digest: str, value: bytes) -> AnalysisRecord | None:
        try:
            return self._packer.unpack(digest, value)
        except ValueError:
            self.corrupt += 1
            if self.corrupt == 1:  # the rest is in the count
                log.warning("Redis holds no record under %s.", _key(digest))
            return None


def _key(digest: str) -> str:
    # With the form of the value: where it is another, old values are never read.
    return f"postlens:{form()}:{digest}"


def _ms(life_s: float) -> int:
    return max(1, round(life_s * 1000))
