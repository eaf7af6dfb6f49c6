"""The store against a real Postgres, also one that stops and comes back."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from serve_app.analysis_record import AnalysisRecord
from serve_app.errors import StoreUnavailable
from serve_app.settings import StoreSettings
from serve_app.standalone.embedded import EmbeddedServers
from serve_app.store import PostgresStore
from serve_app.store.migrate import Migration, MigrationChanged, migrate, migrations
from serve_app.store.postgres import RowCounts
from serve_app.store.retention import PAGE_ROWS
from tests.services.databases import empty_database
from tests.services.records import content, digest, record, section

SETTINGS = StoreSettings(flush_interval_s=0.05)


@pytest.fixture
async def url(database_url: str) -> AsyncIterator[str]:
    """An empty database of its own for each test."""
    async with empty_database(database_url, migrated=False) as name:
        yield name


@pytest.fixture
async def store(url: str) -> AsyncIterator[PostgresStore]:
    opened = await PostgresStore.open(url, SETTINGS)
    yield opened
    await opened.close()


@pytest.fixture
async def database(url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await asyncpg.connect(url)
    yield connection
    await connection.close()


class TestMigrations:
    async def test_from_nothing_by_several_replicas_at_once(self, url: str) -> None:
        stores = await asyncio.gather(*(PostgresStore.open(url, SETTINGS) for _ in range(6)))
        assert [await opened.counts() for opened in stores] == [RowCounts(0, 0)] * 6
        await asyncio.gather(*(opened.close() for opened in stores))

    async def test_a_second_start_applies_nothing_and_keeps_the_rows(self, url: str) -> None:
        first = await PostgresStore.open(url, SETTINGS)
        first.save(record(digest()))
        await first.close()
        second = await PostgresStore.open(url, SETTINGS)
        assert await second.counts() == RowCounts(1, 1)
        await second.close()

    async def test_an_edited_one_is_named(
        self, url: str, store: PostgresStore, database: "asyncpg.Connection[asyncpg.Record]"
    ) -> None:
        await database.execute("UPDATE schema_migrations SET checksum = 'another'")
        with pytest.raises(MigrationChanged, match=r"0001_analyses\.sql was changed"):
            await PostgresStore.open(url, SETTINGS)

    async def test_one_that_fails_leaves_nothing_behind(
        self, database: "asyncpg.Connection[asyncpg.Record]"
    ) -> None:
        broken = Migration(1, "broken", "CREATE TABLE half (a int); SELECT nonsense")
        with pytest.raises(asyncpg.UndefinedColumnError):
            await migrate(database, [broken])
        assert await database.fetchval("SELECT to_regclass('half')") is None
        await migrate(database, [Migration(1, "mended", "CREATE TABLE whole (a int)")])
        assert await database.fetchval("SELECT to_regclass('whole')") == "whole"

    async def test_those_of_a_newer_version_are_left_alone(
        self, url: str, store: PostgresStore, database: "asyncpg.Connection[asyncpg.Record]"
    ) -> None:
        newer = Migration(len(migrations()) + 1, "newer", "CREATE TABLE newer (a int)")
        await migrate(database, [*migrations(), newer])
        older = await PostgresStore.open(url, SETTINGS)
        assert await older.counts() == RowCounts(0, 0)
        await older.close()

    async def test_every_table_and_column_is_explained(
        self, store: PostgresStore, database: "asyncpg.Connection[asyncpg.Record]"
    ) -> None:
        silent = await database.fetch(
            """SELECT c.relname, a.attname FROM pg_class c
               JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum >= 0 AND NOT a.attisdropped
               WHERE c.relname IN ('texts', 'sections')
               AND (col_description(c.oid, a.attnum) IS NULL
                    OR obj_description(c.oid, 'pg_class') IS NULL)"""
        )
        assert silent == []

    def test_files_with_a_gap_or_an_odd_name_are_refused(self, tmp_path: Path) -> None:
        (tmp_path / "0002_late.sql").touch()
        with pytest.raises(ValueError, match="1, 2, 3"):
            migrations(tmp_path)
        (tmp_path / "1_short.sql").touch()
        with pytest.raises(ValueError, match="NNNN_name"):
            migrations(tmp_path)


class TestSaveAndFind:
    async def test_what_still_waits_is_found(self, url: str) -> None:
        slow = await PostgresStore.open(url, StoreSettings(flush_interval_s=60))
        saved = record(digest())
        slow.save(saved)
        assert await slow.find(saved.digest) == saved
        assert (slow.queued, await slow.counts()) == (1, RowCounts(0, 0))
        await slow.close()

    async def test_what_waits_is_laid_over_what_is_stored(self, url: str) -> None:
        slow = await PostgresStore.open(url, StoreSettings(flush_interval_s=60))
        key = digest()
        slow.save(record(key, tone=section(0.1), sentiment=section(0.1)))
        await slow.flush()
        slow.save(record(key, sentiment=section(0.9)))
        expected = record(key, tone=section(0.1), sentiment=section(0.9))
        assert content(await slow.find(key)) == content(expected)
        await slow.close()

    async def test_the_version_saved_last_is_found_also_after_a_rollback(
        self, store: PostgresStore
    ) -> None:
        key = digest()
        for version, score in (("v1", 0.1), ("v2", 0.2), ("v1", 0.3)):
            newest = record(key, sentiment=section(score, version=version))
            store.save(newest)
            await store.flush()
            assert content(await store.find(key)) == content(newest)
        assert await store.counts() == RowCounts(1, 2)

    async def test_vectors_come_back_to_the_byte_and_go_with_their_section(
        self, store: PostgresStore
    ) -> None:
        key = digest()
        for vector in (b"\x00space\xff", b""):
            saved = record(key, keywords=section(vector=vector), tone=section())
            store.save(saved)
            await store.flush()
            assert content(await store.find(key)) == content(saved)
            [warmed] = await store.most_used({"keywords": "v1", "tone": "v1"}, limit=1, offset=0)
            assert content(warmed) == content(saved)

    async def test_each_text_is_counted_and_measured(
        self, store: PostgresStore, database: "asyncpg.Connection[asyncpg.Record]"
    ) -> None:
        key = digest()
        store.save(record(key), characters=300)
        store.save(record(key))
        await store.flush()
        store.save(record(key))
        await store.flush()
        row = await database.fetchrow("SELECT * FROM texts")
        assert row is not None
        assert (row["digest"].hex(), row["characters"], row["seen_count"]) == (key, 300, 3)
        assert row["first_seen_at"] < row["last_seen_at"]


class TestWriteBehind:
    async def test_many_saves_become_few_transactions(
        self, store: PostgresStore, database: "asyncpg.Connection[asyncpg.Record]"
    ) -> None:
        await store.flush()
        before = await database.fetchval("SELECT txid_current()")
        for _ in range(1_000):
            store.save(record(digest()))
        assert store.queued == 1_000
        await store.flush()
        after = await database.fetchval("SELECT txid_current()")
        assert await store.counts() == RowCounts(1_000, 1_000)
        assert after - before == 1_000 / SETTINGS.batch_size + 1  # and the asking itself

    async def test_nobody_needs_to_ask_for_the_writing(self, store: PostgresStore) -> None:
        store.save(record(digest()))
        async with asyncio.timeout(5):
            while store.queued:  # noqa: ASYNC110 - no flush, which would ask for the writing
                await asyncio.sleep(0.01)
        assert await store.counts() == RowCounts(1, 1)

    async def test_a_full_batch_does_not_wait(self, url: str) -> None:
        patient = await PostgresStore.open(url, StoreSettings(flush_interval_s=60, batch_size=10))
        for _ in range(10):
            patient.save(record(digest()))
        async with asyncio.timeout(5):
            while patient.queued:  # noqa: ASYNC110 - no flush, which would ask for the writing
                await asyncio.sleep(0.01)
        await patient.close()

    async def test_beyond_the_limit_saves_are_dropped_and_counted(self, url: str) -> None:
        small = await PostgresStore.open(url, StoreSettings(queue_limit=10, flush_interval_s=60))
        keys = [digest() for _ in range(13)]
        for key in keys:
            small.save(record(key))
        small.save(record(keys[0], tone=section()))  # no more room needed
        assert (small.queued, small.dropped) == (10, 3)
        await small.flush()
        assert await small.counts() == RowCounts(10, 11)
        small.save(record(keys[-1]))
        assert (small.queued, small.dropped) == (1, 3)
        await small.close()

    async def test_a_record_that_postgres_refuses_does_not_hold_up_the_others(
        self, store: PostgresStore, caplog: pytest.LogCaptureFixture
    ) -> None:
        good = [record(digest()) for _ in range(5)]
        nul = AnalysisRecord(digest(), b'{"a":"private\\u0000"}')  # jsonb takes no NUL
        for saved in (*good[:2], nul, *good[2:]):
            store.save(saved)
        await store.flush()
        assert await store.counts() == RowCounts(5, 5)
        assert (store.dropped, store.queued) == (1, 0)
        assert nul.digest in caplog.text
        assert "private" not in caplog.text

    async def test_replicas_that_write_the_same_texts_never_deadlock(
        self, url: str, database: "asyncpg.Connection[asyncpg.Record]"
    ) -> None:
        replicas = [await PostgresStore.open(url, SETTINGS) for _ in range(4)]
        keys = [digest() for _ in range(200)]
        for turn in range(8):
            for number, replica in enumerate(replicas):
                for key in keys if (turn + number) % 2 else reversed(keys):
                    replica.save(record(key, sentiment=section(turn), tone=section(number)))
            await asyncio.gather(*(replica.flush() for replica in replicas))
        assert await replicas[0].counts() == RowCounts(200, 400)
        assert await database.fetchval("SELECT sum(seen_count) FROM texts") == 200 * 8 * 4
        await asyncio.gather(*(replica.close() for replica in replicas))
        await database.execute("SELECT pg_stat_force_next_flush()")
        deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        assert await database.fetchval(deadlocks) == 0

    async def test_closing_writes_what_waits(self, url: str) -> None:
        first = await PostgresStore.open(url, StoreSettings(flush_interval_s=60))
        keys = [digest() for _ in range(450)]
        for key in keys:
            first.save(record(key))
        await first.close()
        await first.close()
        second = await PostgresStore.open(url, SETTINGS)
        assert await second.counts() == RowCounts(450, 450)
        await second.close()


class TestOutage:
    async def test_the_queue_outlives_it(
        self, own: EmbeddedServers, folder: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level("INFO")
        store = await PostgresStore.open(own.database_url, SETTINGS)
        before, during = record(digest()), record(digest())
        store.save(before)
        await store.flush()
        own.stop()
        store.save(during)
        await asyncio.sleep(0.5)
        assert store.queued == 1
        with pytest.raises(StoreUnavailable):
            await store.find(before.digest)
        with pytest.raises(StoreUnavailable):
            await store.counts()
        assert await store.find(during.digest) == during
        with EmbeddedServers.start(folder):
            async with asyncio.timeout(10):
                await store.flush()
            assert content(await store.find(before.digest)) == content(before)
            assert content(await store.find(during.digest)) == content(during)
            assert (store.queued, store.dropped) == (0, 0)
            await store.close()
        assert sum("retrying" in line for line in caplog.messages) == 1
        assert sum("is back" in line for line in caplog.messages) == 1

    async def test_a_start_during_one_succeeds(self, own: EmbeddedServers, folder: Path) -> None:
        own.stop()
        store = await PostgresStore.open(own.database_url, SETTINGS)
        saved = record(digest())
        store.save(saved)
        with pytest.raises(StoreUnavailable):
            await store.find(digest())
        with EmbeddedServers.start(folder):
            async with asyncio.timeout(10):
                await store.flush()
            assert content(await store.find(saved.digest)) == content(saved)
            await store.close()

    async def test_closing_does_not_wait_for_its_end(self, own: EmbeddedServers) -> None:
        store = await PostgresStore.open(own.database_url, SETTINGS)
        own.stop()
        store.save(record(digest()))
        started = time.monotonic()
        await store.close(timeout_s=0.5)
        assert time.monotonic() - started < 3
        assert store.dropped == 1

    async def test_connections_that_the_server_ends_are_replaced(self, url: str) -> None:
        store = await PostgresStore.open(url, SETTINGS)
        admin = await asyncpg.connect(url)
        for turn in range(5):
            store.save(record(digest()))
            await store.flush()
            assert (await store.counts()).texts == turn + 1
            await admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            assert (await store.counts()).texts == turn + 1
        await admin.close()
        await store.close()


async def test_a_wrong_url_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="scheme"):
        await PostgresStore.open("mysql://localhost/x", SETTINGS)


class TestRetention:
    async def _age(
        self, database: "asyncpg.Connection[asyncpg.Record]", key: str, days: float
    ) -> None:
        await database.execute(
            "UPDATE texts SET last_seen_at = now() - make_interval(secs => $2) WHERE digest = $1",
            bytes.fromhex(key),
            days * 86_400,
        )

    async def test_what_nobody_asked_for_is_deleted_with_its_sections(
        self, store: PostgresStore, database: "asyncpg.Connection[asyncpg.Record]"
    ) -> None:
        old, nearly, used = digest(), digest(), digest()
        for key in (old, nearly, used):
            store.save(record(key))
        await store.flush()
        await self._age(database, old, 30.01)
        await self._age(database, nearly, 29.99)
        await self._age(database, used, 400)
        await store.count_uses({used: 1})
        assert await store.retention.run_once() == 1
        assert await store.counts() == RowCounts(2, 2)
        assert await store.find(old) is None
        assert await store.find(nearly) is not None
        assert await store.find(used) is not None
        assert await store.retention.run_once() == 0

    async def test_more_than_a_page_is_deleted_in_several_transactions(
        self, store: PostgresStore, database: "asyncpg.Connection[asyncpg.Record]"
    ) -> None:
        for _ in range(2 * PAGE_ROWS + 1):
            store.save(record(digest()))
        await store.flush()
        await database.execute("UPDATE texts SET last_seen_at = now() - interval '31 days'")
        assert await store.retention.run_once() == 2 * PAGE_ROWS + 1
        assert await store.counts() == RowCounts(0, 0)

    async def test_a_text_being_written_is_passed_over(
        self, store: PostgresStore, database: "asyncpg.Connection[asyncpg.Record]"
    ) -> None:
        key = digest()
        store.save(record(key))
        await store.flush()
        await self._age(database, key, 31)
        async with database.transaction():
            await database.execute("SELECT FROM texts FOR UPDATE")
            assert await store.retention.run_once() == 0
        assert await store.retention.run_once() == 1

    async def test_without_a_limit_nothing_is_deleted(
        self, url: str, database: "asyncpg.Connection[asyncpg.Record]"
    ) -> None:
        opened = await PostgresStore.open(url, StoreSettings(retention_days=None))
        opened.save(record(digest()))
        await opened.flush()
        await database.execute("UPDATE texts SET last_seen_at = '2001-01-01'")
        assert await opened.retention.run_once() == 0
        assert await opened.counts() == RowCounts(1, 1)
        await opened.close()
