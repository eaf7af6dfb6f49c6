"""Records in this process: bounded in bytes, kept for as long as they are used.

What leaves when room is short is decided as in S3-FIFO (Yang, Zhang, Qiu, Yue, Vigfusson:
"FIFO queues are all you need for cache eviction", SOSP 2023). New records pass through a
short queue; only those asked for again on the way reach the long one, so posts that come
once never push out those that come often. A hit raises a counter and moves nothing.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence

from serve_app.analysis_record import AnalysisRecord
from serve_app.cache.codec import Packer
from serve_app.cache.entry import OVERHEAD_BYTES, Entry, Ghosts, Queue
from serve_app.cache.ttl import Lifetime

#: Of the bytes, for records that have yet to be asked for again. The paper takes a tenth, and
#: as many ghosts as there are proven records; half and twice of that find 0.2 % more here.
_NEW_SHARE = 0.05
_GHOSTS_FOR_EACH_PROVEN = 2
#: More uses than this in one passage of the queue tell no more; the paper's two bits.
_MOST_VISITS = 3
#: A small record with its share of the table; there is a slot for each that might be kept.
_LEAST_ENTRY_BYTES = 1_024


class MemoryCache:
    """The records most used, packed.

    :meth:`get` and :meth:`put` are plain calls, for where nothing has been awaited yet.

    Attributes:
        size_bytes: what the kept records take together, never above the limit.
        evicted: how many records had to leave for others before their time.
        expired: how many were not used for as long as they had to live.
    """

    def __init__(
        self,
        size_bytes: int,
        lifetime: Lifetime,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Empty.

        Args:
            size_bytes: the limit; 0 keeps nothing.
            lifetime: how long a record stays after its last use.
            clock: seconds from any start.
        """
        self.packer = Packer()
        self._limit_bytes = size_bytes
        self._lifetime = lifetime
        self._clock = clock
        self._entries: dict[bytes, Entry] = {}
        self._new: deque[Entry] = deque()
        self._proven: deque[Entry] = deque()
        self._new_bytes = 0
        self._ghosts = Ghosts(max(1, size_bytes // _LEAST_ENTRY_BYTES))
        self.size_bytes = 0
        self.evicted = 0
        self.expired = 0

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def full(self) -> bool:
        """Whether a further record would soon push out another."""
        return self.size_bytes > (1 - _NEW_SHARE) * self._limit_bytes

    def get(self, digest: str) -> AnalysisRecord | None:
        """The record, which counts as used and lives on."""
        entry = self.use(digest)
        return self.packer.unpack(digest, entry.packed) if entry else None

    def use(self, digest: str) -> Entry | None:
        """Count a use of the record without unpacking it; None where it is not kept."""
        entry = self._entries.get(bytes.fromhex(digest))
        if entry is None:
            return None
        now = self._clock()
        if entry.expires_at <= now:
            self._expire(entry)
            return None
        entry.uses += 1
        if entry.visits < _MOST_VISITS:
            entry.visits += 1
        entry.expires_at = now + self._lifetime.after(entry.uses)
        return entry

    def peek(self, digest: str) -> Entry | None:
        """The entry of a record, which does not count as a use."""
        entry = self._entries.get(bytes.fromhex(digest))
        return entry if entry and entry.expires_at > self._clock() else None

    def put(self, record: AnalysisRecord) -> AnalysisRecord:
        """Keep a record; sections that only the kept one has stay. The two together."""
        merged = self.merge(record)
        self.keep(merged.digest, self.packer.pack(merged))
        return merged

    def merge(self, record: AnalysisRecord) -> AnalysisRecord:
        """The record, with the sections that only the kept one has."""
        entry = self.peek(record.digest)
        return record.over(self.packer.unpack(record.digest, entry.packed)) if entry else record

    def keep(self, digest: str, packed: bytes) -> None:
        """Keep a packed record in place of what is kept; it lives as if just used."""
        entry = self._entries.get(bytes.fromhex(digest))
        if entry is not None and entry.expires_at <= self._clock():
            self._expire(entry)
            entry = None
        if OVERHEAD_BYTES + len(packed) > self._limit_bytes:
            if entry is not None:
                self._remove(entry)
        elif entry is None:
            self._add(bytes.fromhex(digest), packed)
        else:
            self._replace(entry, packed)

    def sweep(self) -> None:
        """Let go of what has expired; a moment for each 10,000 records kept."""
        now = self._clock()
        for entry in [entry for entry in self._entries.values() if entry.expires_at <= now]:
            self._expire(entry)
        self._new = deque(entry for entry in self._new if entry.queue is Queue.NEW)
        self._proven = deque(entry for entry in self._proven if entry.queue is Queue.PROVEN)

    def _add(self, key: bytes, packed: bytes) -> None:
        entry = Entry(key, packed, self._clock() + self._lifetime.after(0))
        self._make_room(entry.size_bytes)
        self._entries[key] = entry
        self.size_bytes += entry.size_bytes
        if self._ghosts.take(key, _GHOSTS_FOR_EACH_PROVEN * len(self._proven)):
            self._to_proven(entry)
        else:
            self._new.append(entry)
            self._new_bytes += entry.size_bytes

    def _replace(self, entry: Entry, packed: bytes) -> None:
        growth = len(packed) - len(entry.packed)
        entry.packed = packed
        entry.expires_at = self._clock() + self._lifetime.after(entry.uses)
        self.size_bytes += growth
        if entry.queue is Queue.NEW:
            self._new_bytes += growth
        self._make_room(0)

    def _make_room(self, size_bytes: int) -> None:
        while self.size_bytes + size_bytes > self._limit_bytes:
            if self._new and (
                not self._proven or self._new_bytes >= _NEW_SHARE * self._limit_bytes
            ):
                self._judge_new(self._new.popleft())
            else:
                self._judge_proven(self._proven.popleft())

    def _judge_new(self, entry: Entry) -> None:
        if entry.queue is Queue.GONE:
            return
        if entry.visits and not self._over(entry):
            self._new_bytes -= entry.size_bytes
            self._to_proven(entry)
        else:
            self._ghosts.add(entry.key)
            self._let_go(entry)

    def _judge_proven(self, entry: Entry) -> None:
        if entry.queue is Queue.GONE:
            return
        if entry.visits and not self._over(entry):
            entry.visits -= 1
            self._proven.append(entry)
        else:
            self._let_go(entry)

    def _to_proven(self, entry: Entry) -> None:
        entry.queue = Queue.PROVEN
        self._proven.append(entry)

    def _over(self, entry: Entry) -> bool:
        return entry.expires_at <= self._clock()

    def _let_go(self, entry: Entry) -> None:
        if self._over(entry):
            self._expire(entry)
        else:
            self.evicted += 1
            self._remove(entry)

    def _expire(self, entry: Entry) -> None:
        self.expired += 1
        self._remove(entry)

    def _remove(self, entry: Entry) -> None:
        """Its queue still holds the entry, empty, until it is judged or swept out."""
        del self._entries[entry.key]
        self.size_bytes -= entry.size_bytes
        if entry.queue is Queue.NEW:
            self._new_bytes -= entry.size_bytes
        entry.queue = Queue.GONE
        entry.packed = b""

    async def get_many(self, digests: Sequence[str]) -> dict[str, AnalysisRecord]:
        """See :class:`Cache`; does not wait."""
        found = ((digest, self.get(digest)) for digest in digests)
        return {digest: record for digest, record in found if record is not None}

    async def put_many(self, records: Sequence[AnalysisRecord]) -> None:
        """See :class:`Cache`; does not wait."""
        for record in records:
            self.put(record)

    async def close(self) -> None:
        """See :class:`Cache`."""
        self._entries.clear()
        self._new.clear()
        self._proven.clear()
        self.size_bytes = self._new_bytes = 0
