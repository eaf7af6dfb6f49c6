"""Records in Redis, shared by all replicas."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from serve_app.analysis_record import AnalysisRecord
from serve_app.cache.codec import RecordCodec, format_id
from serve_app.cache.redis_server import RedisServer
from serve_app.cache.ttl import TtlPolicy

log = logging.getLogger(__name__)


class RedisCache:
    """Records in Redis: encoded, with a time to live.

    ``put_many`` replaces what Redis has: the caller puts the merged record. Redis that is
    down, slow or full of nonsense is a miss. Reading does not prolong a TTL, so that a
    look-up stays one MGET; :meth:`renew` does, for many records at once.

    Attributes:
        ttl: of a record; the caller says how often it was used.
        server: with its circuit breaker.
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
        self.server = RedisServer(url, timeout_s=timeout_s, clock=clock)
        self._client = self.server.client
        self._codec = RecordCodec()
        self.ttl = ttl
        self.corrupt = 0

    @property
    def up(self) -> bool:
        """See :class:`Cache`."""
        return self.server.breaker.closed

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
        values: list[Any] = await self.server.call(
            lambda: self._client.mget(keys), [None] * len(keys)
        )
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

        return bool(encoded) and await self.server.call(set_all, False)

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

        return await self.server.call(expire_all, None)

    async def forget(self, digests: Sequence[str]) -> None:
        """See :class:`Cache`."""

        async def unlink() -> None:
            await self._client.unlink(*(_key(digest) for digest in digests))

        if digests:
            await self.server.call(unlink, None)

    async def close(self) -> None:
        """See :class:`Cache`."""
        await self.server.close()

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
