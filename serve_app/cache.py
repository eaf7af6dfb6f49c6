"""Answers kept for the next one who asks: in memory, in Redis, and the two together.

The only module that knows redis. Records come and go by their digest; which of their
sections are still current is for the caller to judge.
"""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import redis.asyncio as redis
import zstandard
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from serve_app.breaker import Breaker
from serve_app.record import Record

log = logging.getLogger(__name__)

T = TypeVar("T")

_CONNECTIONS = 16
#: Level 3 is zstd's default; a record of 8 kB becomes a quarter in some 30 µs.
_ZSTD_LEVEL = 3
#: No record comes near it (a text has 20,000 characters at most); a corrupt header may claim more.
_UNPACKED_LIMIT_BYTES = 16 * 2**20


class Cache(Protocol):
    """Records by digest. It may forget at any time, and never raises for its own failure."""

    async def get_many(self, digests: Sequence[str]) -> dict[str, Record]:
        """The records it has among these digests."""

    async def put_many(self, records: Sequence[Record]) -> None:
        """Keep the records; what is kept of the same text already is added to."""

    async def close(self) -> None:
        """Let go of connections; the cache is not used afterwards."""


@dataclass(frozen=True, slots=True)
class _Kept:
    record: Record
    size_bytes: int
    expires_at: float


class MemoryCache:
    """The most recently used records, bounded by their bytes and their age.

    :meth:`get` and :meth:`put` are plain calls, for where nothing has been awaited yet.

    Attributes:
        size_bytes: what the kept records weigh together, never above the limit.
        evicted: how many records had to leave for others before their time.
    """

    def __init__(
        self, size_bytes: int, ttl_s: float, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Empty.

        Args:
            size_bytes: the limit; 0 keeps nothing.
            ttl_s: a record is forgotten so long after it was last put.
            clock: seconds from any start.
        """
        self._limit_bytes = size_bytes
        self._ttl_s = ttl_s
        self._clock = clock
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self.size_bytes = 0
        self.evicted = 0

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, digest: str) -> Record | None:
        """The record, which becomes the most recently used."""
        kept = self._kept.get(digest)
        if kept is None:
            return None
        if kept.expires_at <= self._clock():
            self._remove(digest)
            return None
        self._kept.move_to_end(digest)
        return kept.record

    def put(self, record: Record) -> Record:
        """Keep a record; sections that only the kept one has stay. The two together."""
        kept = self.get(record.digest)
        if kept is not None:
            self._remove(record.digest)
            record = record.over(kept)
        size_bytes = record.size_bytes
        if size_bytes <= self._limit_bytes:
            self._make_room(size_bytes)
            expires_at = self._clock() + self._ttl_s
            self._kept[record.digest] = _Kept(record, size_bytes, expires_at)
            self.size_bytes += size_bytes
        return record

    def _make_room(self, size_bytes: int) -> None:
        while self.size_bytes + size_bytes > self._limit_bytes:
            self._remove(next(iter(self._kept)))
            self.evicted += 1

    def _remove(self, digest: str) -> None:
        self.size_bytes -= self._kept.pop(digest).size_bytes

    async def get_many(self, digests: Sequence[str]) -> dict[str, Record]:
        """See :class:`Cache`; does not wait."""
        found = ((digest, self.get(digest)) for digest in digests)
        return {digest: record for digest, record in found if record is not None}

    async def put_many(self, records: Sequence[Record]) -> None:
        """See :class:`Cache`; does not wait."""
        for record in records:
            self.put(record)

    async def close(self) -> None:
        """See :class:`Cache`."""
        self._kept.clear()
        self.size_bytes = 0


class RedisCache:
    """Records in Redis, shared by all replicas: compressed, with a time to live.

    ``put_many`` replaces what Redis has: the caller puts the merged record. Redis that is
    down, slow or full of nonsense is a miss.

    Attributes:
        failures: calls that failed or took too long.
        skipped: calls not made because Redis had failed just before.
        corrupt: values that were no records.
    """

    def __init__(
        self,
        url: str,
        *,
        ttl_s: float,
        timeout_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Connects at the first call.

        Args:
            url: ``redis://``, ``rediss://`` or ``unix://``.
            ttl_s: a record is forgotten so long after it was put.
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
        self._ttl_ms = max(1, round(ttl_s * 1000))
        self._timeout_s = timeout_s
        self._breaker = Breaker("Redis", clock)
        self.failures = 0
        self.skipped = 0
        self.corrupt = 0

    @property
    def available(self) -> bool:
        """Whether the last call went well."""
        return self._breaker.closed

    async def get_many(self, digests: Sequence[str]) -> dict[str, Record]:
        """See :class:`Cache`."""
        if not digests:
            return {}
        keys = [_key(digest) for digest in digests]
        values: list[Any] = await self._guarded(lambda: self._client.mget(keys), [None] * len(keys))
        found = (
            (digest, self._unpack(digest, value))
            for digest, value in zip(digests, values, strict=True)
            if value is not None
        )
        return {digest: record for digest, record in found if record is not None}

    async def put_many(self, records: Sequence[Record]) -> None:
        """See :class:`Cache`; each record replaces the one that Redis has."""
        if records:
            await self._guarded(lambda: self._write(records), None)

    async def close(self) -> None:
        """See :class:`Cache`."""
        await self._client.aclose(close_connection_pool=True)

    async def _write(self, records: Iterable[Record]) -> None:
        async with self._client.pipeline(transaction=False) as pipeline:
            for record in records:
                pipeline.set(_key(record.digest), _compress(record.pack()), px=self._ttl_ms)
            await pipeline.execute()

    async def _guarded(self, call: Callable[[], Awaitable[T]], otherwise: T) -> T:
        if not self._breaker.lets_through():
            self.skipped += 1
            return otherwise
        try:
            async with asyncio.timeout(self._timeout_s):
                answer = await call()
        except (redis.RedisError, OSError) as error:  # TimeoutError is an OSError
            self.failures += 1
            self._breaker.failed(error)
            return otherwise
        self._breaker.succeeded()
        return answer

    def _unpack(self, digest: str, value: bytes) -> Record | None:
        try:
            return Record.unpack(digest, _decompress(value))
        except (ValueError, zstandard.ZstdError) as error:
            self.corrupt += 1
            if self.corrupt == 1:  # the rest is in the count
                kind = type(error).__name__
                log.warning("Redis holds no record under %s (%s).", _key(digest), kind)
            return None


def _key(digest: str) -> str:
    # The number is the form of the value, sections and all; with another form, old values are
    # never read. 2: since 0.2.0.
    return f"postlens:2:{digest}"


def _compress(packed: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compress(packed)


def _decompress(value: bytes) -> bytes:
    if zstandard.frame_content_size(value) > _UNPACKED_LIMIT_BYTES:
        raise ValueError("the value claims to be larger than any record")
    return zstandard.ZstdDecompressor().decompress(value)


class TieredCache:
    """Memory before Redis: what Redis finds is kept in memory, too.

    A record in memory answers alone, even where Redis has more of its sections: looking
    there each time would cost more than computing those sections once.
    """

    def __init__(
        self,
        memory: MemoryCache,
        redis: RedisCache | None,
        *,
        on_lookup: Callable[[str, int], None] = lambda level, records: None,
    ) -> None:
        """Of the two, or of memory alone.

        Args:
            memory: of this process.
            redis: None where there is no Redis.
            on_lookup: told at each look-up how many records were found in ``memory`` and
                ``redis``, and how many nowhere (``none``).
        """
        self.memory = memory
        self.redis = redis
        self._on_lookup = on_lookup

    async def get_many(self, digests: Sequence[str]) -> dict[str, Record]:
        """See :class:`Cache`."""
        wanted = list(dict.fromkeys(digests))
        found = await self.memory.get_many(wanted)
        missing = [digest for digest in wanted if digest not in found]
        fetched = await self.redis.get_many(missing) if self.redis and missing else {}
        self._on_lookup("memory", len(found))
        self._on_lookup("redis", len(fetched))
        self._on_lookup("none", len(missing) - len(fetched))
        return found | {digest: self._fill(record) for digest, record in fetched.items()}

    def _fill(self, fetched: Record) -> Record:
        # What came into memory while Redis was asked is newer than what Redis had.
        newer = self.memory.get(fetched.digest)
        return self.memory.put(newer.over(fetched) if newer else fetched)

    async def put_many(self, records: Sequence[Record]) -> None:
        """See :class:`Cache`; Redis gets what memory made of the records."""
        merged = [self.memory.put(record) for record in records]
        if self.redis:
            await self.redis.put_many(merged)

    async def close(self) -> None:
        """See :class:`Cache`."""
        await self.memory.close()
        if self.redis:
            await self.redis.close()
