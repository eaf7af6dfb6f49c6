"""Encoded records in this process: bounded in bytes, each with a time to live.

Knows neither how records are encoded nor which one leaves first; that is :mod:`.codec` and
:mod:`.eviction`.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from serve_app.cache.eviction import QueuedEntry, S3Fifo
from serve_app.cache.ttl import TtlPolicy

#: What a record takes beside its encoded bytes: its object and numbers, the key, a place in
#: the table and in a queue. Measured with tracemalloc (tests/unit/test_record_table.py).
OVERHEAD_BYTES = 250
#: Above this share of the limit a further record would soon push out another.
_FULL_SHARE = 0.95


@dataclass(slots=True, eq=False)
class CachedRecord(QueuedEntry):
    """One encoded record.

    Its ``key`` is the bytes of the text's digest: half as long in memory as its hex digits.

    Attributes:
        encoded: see :mod:`serve_app.cache.codec`.
        expires_at: on the table's clock.
        uses: how often it was found since it was first put.
        redis_expires_at: until when Redis has it for certain, on the table's clock; 0 where
            that is not known.
    """

    encoded: bytes
    expires_at: float
    uses: int = 0
    redis_expires_at: float = 0.0

    @property
    def size_bytes(self) -> int:
        """What it takes in memory."""
        return OVERHEAD_BYTES + len(self.encoded)


class RecordTable:
    """Encoded records by digest, never more bytes of them than the limit.

    Attributes:
        evicted: how many records had to leave for others before their time.
        expired: how many were not used for as long as they had to live.
    """

    def __init__(
        self, limit_bytes: int, ttl: TtlPolicy, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Empty.

        Args:
            limit_bytes: what the records may take; 0 keeps none.
            ttl: of a record since its last use.
            clock: seconds from any start.
        """
        self._limit_bytes = limit_bytes
        self._ttl = ttl
        self._clock = clock
        self._records: dict[bytes, CachedRecord] = {}
        self._eviction: S3Fifo[CachedRecord] = S3Fifo(limit_bytes, expired=self._is_expired)
        self.evicted = 0
        self.expired = 0

    def __len__(self) -> int:
        return len(self._records)

    @property
    def size_bytes(self) -> int:
        """What the records take together, never above the limit."""
        return self._eviction.size_bytes

    @property
    def full(self) -> bool:
        """Whether a further record would soon push out another."""
        return self.size_bytes > _FULL_SHARE * self._limit_bytes

    def count_use(self, digest: str) -> CachedRecord | None:
        """The record, whose TTL begins again; None where there is none."""
        record = self._records.get(bytes.fromhex(digest))
        now = self._clock()
        if record is None or record.expires_at <= now:
            return None
        record.uses += 1
        record.frequency += 1
        record.expires_at = now + self._ttl.ttl_s(record.uses)
        return record

    def peek(self, digest: str) -> CachedRecord | None:
        """The record, which does not count as a use."""
        record = self._records.get(bytes.fromhex(digest))
        return None if record is None or self._is_expired(record) else record

    def put(self, digest: str, encoded: bytes) -> None:
        """Replace what there is of the text; the TTL begins again as if it were just used.

        One that is larger than the whole table is not kept, and evicts no other.
        """
        key = bytes.fromhex(digest)
        record = self._records.get(key)
        if record is not None and self._is_expired(record):
            self._expire(record)
            record = None
        if OVERHEAD_BYTES + len(encoded) > self._limit_bytes:
            if record is not None:
                self._remove(record)
        elif record is None:
            self._add(CachedRecord(key, encoded, self._clock() + self._ttl.ttl_s(0)))
        else:
            self._replace(record, encoded)

    def remove(self, digest: str) -> None:
        """Remove what there is of the text."""
        if record := self._records.get(bytes.fromhex(digest)):
            self._remove(record)

    def sweep(self) -> None:
        """Remove what has expired; takes a moment for each 10,000 records."""
        now = self._clock()
        for record in [record for record in self._records.values() if record.expires_at <= now]:
            self._expire(record)
        self._eviction.compact()

    def clear(self) -> None:
        """Remove every record."""
        for record in list(self._records.values()):
            self._remove(record)
        self._eviction.compact()

    def _is_expired(self, record: CachedRecord) -> bool:
        return record.expires_at <= self._clock()

    def _add(self, record: CachedRecord) -> None:
        self._make_room(record.size_bytes)
        self._records[record.key] = record
        self._eviction.add(record)

    def _replace(self, record: CachedRecord, encoded: bytes) -> None:
        growth_bytes = len(encoded) - len(record.encoded)
        record.encoded = encoded
        record.expires_at = self._clock() + self._ttl.ttl_s(record.uses)
        self._eviction.resize(record, growth_bytes)
        self._make_room(0)

    def _make_room(self, size_bytes: int) -> None:
        while self.size_bytes + size_bytes > self._limit_bytes:
            record = self._eviction.evict()
            if self._is_expired(record):
                self._expire(record)
            else:
                self.evicted += 1
                self._remove(record)

    def _expire(self, record: CachedRecord) -> None:
        self.expired += 1
        self._remove(record)

    def _remove(self, record: CachedRecord) -> None:
        self._eviction.remove(record)
        del self._records[record.key]
        record.encoded = b""  # its object may wait in a queue for a while
