"""The store in Postgres. Holds digests and results, never a post's text."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from serve_app.analysis_record import AnalysisRecord
from serve_app.errors import StoreUnavailable
from serve_app.settings import StoreSettings
from serve_app.store.database import Database
from serve_app.store.retention import Retention
from serve_app.store.rows import section_columns, stored_record, stored_records, text_columns
from serve_app.store.write_behind import WriteBehind
from serve_app.store.write_queue import PendingWrite

_CLOSE_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class RowCounts:
    """Rows in the tables."""

    texts: int
    sections: int


class PostgresStore:
    """Records in Postgres, written behind; see :class:`serve_app.store.protocol.Store`.

    Attributes:
        retention: deletes what nobody asked for any more.
    """

    def __init__(self, database: Database, settings: StoreSettings) -> None:
        """Writes nothing yet: :meth:`open` begins with that."""
        self._database = database
        self._writes = WriteBehind(database.migrate, self._write, settings)
        self.retention = Retention("texts", self._delete_expired, days=settings.retention_days)

    @classmethod
    async def open(cls, url: str, settings: StoreSettings) -> Self:
        """Connect, and bring the schema up to date.

        Where Postgres is down, the store opens all the same and goes on trying: analyses
        need no database.

        Args:
            url: ``postgresql://...``.
            settings: of the queue and the pool.

        Raises:
            MigrationChanged: an applied migration differs from this version's.
            ValueError: the URL is not one of Postgres.
        """
        database = await Database.open(url, pool_size=settings.pool_size)
        try:
            with suppress(StoreUnavailable):  # the writer tries again, and logs the outage
                await database.migrate()
        except BaseException:
            await database.close()
            raise
        store = cls(database, settings)
        store._writes.start()
        store.retention.start()
        return store

    @property
    def up(self) -> bool:
        """See :class:`Store`."""
        return self._writes.up

    @property
    def queued(self) -> int:
        """Texts that wait to be written."""
        return len(self._writes.queue)

    @property
    def dropped(self) -> int:
        """Saves without room in the queue, of a row that Postgres refuses, or lost at the end."""
        return self._writes.queue.rejected + self._writes.lost

    def save(self, record: AnalysisRecord, *, characters: int | None = None) -> None:
        """See :class:`Store`."""
        bytes.fromhex(record.digest)
        now = datetime.now(UTC)
        self._writes.put(PendingWrite(record, characters, now, now))

    async def find(self, digest: str) -> AnalysisRecord | None:
        """See :class:`Store`; finds also what is not yet written.

        Raises:
            StoreUnavailable: Postgres cannot be asked, and nothing waits in the queue.
        """
        try:
            key = bytes.fromhex(digest)
        except ValueError:
            return None
        pending = self._writes.queue.find(digest)
        try:
            stored = stored_record(digest, await self._database.fetch("find_record", key))
        except StoreUnavailable:
            if pending is None:
                raise
            return pending
        return pending.over(stored) if stored and pending else pending or stored

    async def counts(self) -> RowCounts:
        """How many texts and sections are stored.

        Raises:
            StoreUnavailable: Postgres cannot be asked.
        """
        [row] = await self._database.fetch("count_rows")
        return RowCounts(row["texts"], row["sections"])

    def forget(self, digests: Sequence[str]) -> None:
        """See :class:`Store`."""
        self._writes.queue.forget(digests)

    async def count_uses(self, uses: Mapping[str, int]) -> None:
        """See :class:`Store`."""
        keys = [bytes.fromhex(digest) for digest in uses]
        await self._database.fetch("count_uses", keys, list(uses.values()))

    async def most_used(
        self, versions: Mapping[str, str], *, limit: int, offset: int
    ) -> list[AnalysisRecord]:
        """See :class:`Store`."""
        names, values = list(versions), list(versions.values())
        rows = await self._database.fetch("most_used", names, values, limit, offset)
        return stored_records(rows)

    async def flush(self) -> None:
        """Return once everything saved before this call is written; an outage is waited for."""
        await self._writes.flush()

    async def close(self, *, timeout_s: float = _CLOSE_TIMEOUT_S) -> None:
        """Write what waits, for so many seconds at most, then disconnect."""
        await self.retention.close()
        await self._writes.close(timeout_s=timeout_s)
        await self._database.close()

    async def _delete_expired(self, seen_since: datetime, limit: int) -> int:
        return len(await self._database.fetch("delete_expired", seen_since, limit))

    async def _write(self, batch: Sequence[PendingWrite]) -> None:
        await self._database.execute(
            {"save_texts": text_columns(batch), "save_sections": section_columns(batch)}
        )
