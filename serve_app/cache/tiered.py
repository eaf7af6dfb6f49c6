"""Memory before Redis, as one cache."""

import time
from collections.abc import Callable, Mapping, Sequence
from itertools import islice

from serve_app.analysis_record import AnalysisRecord
from serve_app.cache.memory import MemoryCache
from serve_app.cache.redis import RedisCache

#: So many records are renewed in one call; it has to be done within Redis' timeout.
_RENEWED_AT_ONCE = 500


class TieredCache:
    """Memory before Redis: what Redis has is put into memory, too.

    A record in memory answers alone, even where Redis has more of its sections: looking
    there each time would cost more than computing those sections once. For the same reason
    Redis does not see how often memory answers; :meth:`renew` tells it from time to time.

    Attributes:
        renewed: records that were given a longer TTL in Redis, or put there again.
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
            refresh_below: the share of the TTL it has earned, below which a record in use
                is renewed in Redis: 0..1.
            on_lookup: called at each look-up with how many records were in ``memory``, in
                ``redis`` and nowhere (``none``).
            clock: of ``memory``.
        """
        self.memory = memory
        self.redis = redis
        self._refresh_below = refresh_below
        self._on_lookup = on_lookup
        self._clock = clock
        self._uses: dict[str, int] = {}
        self.renewed = 0

    @property
    def up(self) -> bool:
        """See :class:`Cache`."""
        return self.redis is None or self.redis.up

    async def get_many(self, digests: Sequence[str]) -> dict[str, AnalysisRecord]:
        """See :class:`Cache`."""
        unique = list(dict.fromkeys(digests))
        records = await self.memory.get_many(unique)
        missing = [digest for digest in unique if digest not in records]
        fetched = await self.redis.fetch(missing) if self.redis and missing else {}
        self._on_lookup("memory", len(records))
        self._on_lookup("redis", len(fetched))
        self._on_lookup("none", len(missing) - len(fetched))
        for digest, (record, encoded) in fetched.items():
            records[digest] = self._put_into_memory(record, encoded)
        for digest in records:
            self._uses[digest] = self._uses.get(digest, 0) + 1
        return records

    def count_use(self, digest: str) -> bool:
        """Count a use of a record that the caller has no need to read; whether memory has it."""
        if self.memory.table.count_use(digest) is None:
            return False
        self._on_lookup("memory", 1)
        self._uses[digest] = self._uses.get(digest, 0) + 1
        return True

    async def put_many(self, records: Sequence[AnalysisRecord]) -> None:
        """See :class:`Cache`; Redis gets what memory made of the records."""
        encoded = {}
        for record in records:
            value = self.memory.codec.encode(self.memory.merge(record))
            self.memory.table.put(record.digest, value)
            encoded[record.digest] = value
        if self.redis:
            await self._write(self.redis, encoded)

    async def forget(self, digests: Sequence[str]) -> None:
        """See :class:`Cache`."""
        await self.memory.forget(digests)
        for digest in digests:
            self._uses.pop(digest, None)
        if self.redis:
            await self.redis.forget(digests)

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
        """Give records the TTL in Redis that they have earned, ahead of its end.

        Args:
            uses: of :meth:`take_uses`.
        """
        if self.redis is None:
            return
        due = iter(self._due_ttls_s(self.redis, uses).items())
        while ttls_s := dict(islice(due, _RENEWED_AT_ONCE)):
            granted_s = await self.redis.renew(ttls_s)
            if granted_s is None:  # Redis is down, and knows the next ones no better
                return
            self._note_redis_ttls(granted_s)
            lost = [digest for digest, ttl_s in granted_s.items() if not ttl_s]
            cached = {digest: self.memory.table.peek(digest) for digest in lost}
            await self._write(self.redis, {d: c.encoded for d, c in cached.items() if c})
            self.renewed += len(ttls_s)

    def _put_into_memory(self, record: AnalysisRecord, encoded: bytes) -> AnalysisRecord:
        # What came into memory while Redis was asked is newer than what Redis had.
        if newer := self.memory.get(record.digest):
            return self.memory.put(newer.over(record))
        self.memory.table.put(record.digest, encoded)
        self.memory.table.count_use(record.digest)
        return record

    def _due_ttls_s(self, redis: RedisCache, uses: Mapping[str, int]) -> dict[str, float]:
        """By digest, the TTL of the records among these whose end in Redis is near or unknown."""
        now = self._clock()
        due = {}
        for digest, count in uses.items():
            cached = self.memory.table.peek(digest)
            earned_s = self._earned_ttl_s(redis, digest, count)
            if cached is None or cached.redis_expires_at - now < self._refresh_below * earned_s:
                due[digest] = earned_s
        return due

    def _earned_ttl_s(self, redis: RedisCache, digest: str, uses: int = 0) -> float:
        cached = self.memory.table.peek(digest)
        return redis.ttl.ttl_s(max(uses, cached.uses if cached else 0))

    async def _write(self, redis: RedisCache, encoded: Mapping[str, bytes]) -> None:
        # When Redis lets them expire is noted only once a record is used: most never are, and
        # the note takes room in each.
        await redis.write(encoded, {d: self._earned_ttl_s(redis, d) for d in encoded})

    def _note_redis_ttls(self, ttls_s: Mapping[str, float]) -> None:
        now = self._clock()
        for digest, ttl_s in ttls_s.items():
            if ttl_s and (cached := self.memory.table.peek(digest)):
                cached.redis_expires_at = now + ttl_s
