"""Memory before Redis, as one cache."""

import time
from collections.abc import Callable, Mapping, Sequence
from itertools import islice

from serve_app.analysis_record import AnalysisRecord
from serve_app.cache.memory import MemoryCache
from serve_app.cache.redis import RedisCache

#: So many records are renewed in one call; it has to be done within Redis' timeout.
_RENEWED_TOGETHER = 500


class TieredCache:
    """Memory before Redis: what Redis finds is kept in memory, too.

    A record in memory answers alone, even where Redis has more of its sections: looking
    there each time would cost more than computing those sections once. For the same reason
    Redis does not see how often memory answers; :meth:`renew` tells it from time to time.

    Attributes:
        renewed: records that were given a longer life in Redis, or put there again.
    """

    def __init__(
        self,
        memory: MemoryCache,
        redis: RedisCache | None,
        *,
        refresh_below: float = 0.5,
        on_lookup: Callable[[str, int], None] = lambda level, records: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Of the two, or of memory alone.

        Args:
            memory: of this process.
            redis: None where there is no Redis.
            refresh_below: the share of the life it has earned, below which a record in use
                is renewed in Redis: 0..1.
            on_lookup: told at each look-up how many records were found in ``memory`` and
                ``redis``, and how many nowhere (``none``).
            clock: of ``memory``.
        """
        self.memory = memory
        self.redis = redis
        self._refresh_below = refresh_below
        self._on_lookup = on_lookup
        self._clock = clock
        self._uses: dict[str, int] = {}
        self.renewed = 0

    async def get_many(self, digests: Sequence[str]) -> dict[str, AnalysisRecord]:
        """See :class:`Cache`."""
        wanted = list(dict.fromkeys(digests))
        found = await self.memory.get_many(wanted)
        missing = [digest for digest in wanted if digest not in found]
        fetched = await self.redis.fetch(missing) if self.redis and missing else {}
        self._on_lookup("memory", len(found))
        self._on_lookup("redis", len(fetched))
        self._on_lookup("none", len(missing) - len(fetched))
        found |= {key: self._fill(record, packed) for key, (record, packed) in fetched.items()}
        for digest in found:
            self._uses[digest] = self._uses.get(digest, 0) + 1
        return found

    def use(self, digest: str) -> bool:
        """Count a use of a record that the caller has no need to read; whether memory has it."""
        if self.memory.use(digest) is None:
            return False
        self._on_lookup("memory", 1)
        self._uses[digest] = self._uses.get(digest, 0) + 1
        return True

    def _fill(self, fetched: AnalysisRecord, packed: bytes) -> AnalysisRecord:
        # What came into memory while Redis was asked is newer than what Redis had.
        if newer := self.memory.get(fetched.digest):
            return self.memory.put(newer.over(fetched))
        self.memory.keep(fetched.digest, packed)
        self.memory.use(fetched.digest)
        return fetched

    async def put_many(self, records: Sequence[AnalysisRecord]) -> None:
        """See :class:`Cache`; Redis gets what memory made of the records."""
        packed = {}
        for record in records:
            value = self.memory.packer.pack(self.memory.merge(record))
            self.memory.keep(record.digest, value)
            packed[record.digest] = value
        if self.redis:
            await self._share(packed)

    async def close(self) -> None:
        """See :class:`Cache`."""
        await self.memory.close()
        if self.redis:
            await self.redis.close()

    def take_uses(self) -> dict[str, int]:
        """How often records were found, by digest, since the last call."""
        uses, self._uses = self._uses, {}
        return uses

    async def renew(self, uses: Mapping[str, int]) -> None:
        """Give records the life in Redis that they have earned, ahead of its end.

        Args:
            uses: of :meth:`take_uses`.
        """
        due = iter(self._due(uses).items() if self.redis else ())
        while lives_s := dict(islice(due, _RENEWED_TOGETHER)):
            assert self.redis is not None
            left_s = await self.redis.renew(lives_s)
            if left_s is None:  # Redis is down, and knows the next ones no better
                return
            self._note_shared({digest: life_s for digest, life_s in left_s.items() if life_s})
            gone = [digest for digest, life_s in left_s.items() if not life_s]
            entries = [(digest, entry) for digest in gone if (entry := self.memory.peek(digest))]
            await self._share({digest: entry.packed for digest, entry in entries})
            self.renewed += len(lives_s)

    def _due(self, uses: Mapping[str, int]) -> dict[str, float]:
        now = self._clock()
        due = {}
        for digest, count in uses.items():
            entry = self.memory.peek(digest)
            earned_s = self._earned_s(digest, count)
            if entry is None or entry.shared_until - now < self._refresh_below * earned_s:
                due[digest] = earned_s
        return due

    def _earned_s(self, digest: str, uses: int = 0) -> float:
        assert self.redis is not None
        entry = self.memory.peek(digest)
        return self.redis.lifetime.after(max(uses, entry.uses if entry else 0))

    async def _share(self, packed: Mapping[str, bytes]) -> None:
        assert self.redis is not None
        # What Redis grants is noted only once a record is used: most never are, and the note
        # takes room in each.
        await self.redis.write(packed, {digest: self._earned_s(digest) for digest in packed})

    def _note_shared(self, lives_s: Mapping[str, float]) -> None:
        now = self._clock()
        for digest, life_s in lives_s.items():
            if entry := self.memory.peek(digest):
                entry.shared_until = now + life_s
