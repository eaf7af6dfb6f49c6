"""The cache of this process: records encoded in a table, decoded when they are read."""

import time
from collections.abc import Callable, Sequence

from serve_app.analysis_record import AnalysisRecord
from serve_app.cache.codec import RecordCodec
from serve_app.cache.record_table import RecordTable
from serve_app.cache.ttl import TtlPolicy


class MemoryCache:
    """The records most used.

    :meth:`get` and :meth:`put` are plain calls, for where nothing has been awaited yet.

    Attributes:
        codec: of the records in the table.
        table: the encoded records, for who need not decode them.
        up: see :class:`Cache`.
    """

    up = True

    def __init__(
        self, limit_bytes: int, ttl: TtlPolicy, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Empty; see :class:`RecordTable`."""
        self.codec = RecordCodec()
        self.table = RecordTable(limit_bytes, ttl, clock=clock)

    def get(self, digest: str) -> AnalysisRecord | None:
        """The record, which counts as used."""
        cached = self.table.count_use(digest)
        return self.codec.decode(digest, cached.encoded) if cached else None

    def put(self, record: AnalysisRecord) -> AnalysisRecord:
        """Cache a record; sections that only the cached one has stay. The two together."""
        merged = self.merge(record)
        self.table.put(merged.digest, self.codec.encode(merged))
        return merged

    def merge(self, record: AnalysisRecord) -> AnalysisRecord:
        """The record, with the sections that only the cached one has."""
        cached = self.table.peek(record.digest)
        return record.over(self.codec.decode(record.digest, cached.encoded)) if cached else record

    async def get_many(self, digests: Sequence[str]) -> dict[str, AnalysisRecord]:
        """See :class:`Cache`; does not wait."""
        records = ((digest, self.get(digest)) for digest in digests)
        return {digest: record for digest, record in records if record is not None}

    async def put_many(self, records: Sequence[AnalysisRecord]) -> None:
        """See :class:`Cache`; does not wait."""
        for record in records:
            self.put(record)

    async def forget(self, digests: Sequence[str]) -> None:
        """See :class:`Cache`; does not wait."""
        for digest in digests:
            self.table.remove(digest)

    async def close(self) -> None:
        """See :class:`Cache`."""
        self.table.clear()
