"""What every store promises, against a real Postgres, the one that keeps nothing, and the double.

A store may keep nothing at all; what it keeps it gives back whole.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest

from serve_app.analysis_record import AnalysisRecord
from serve_app.settings import StoreSettings
from serve_app.store import NullStore, PostgresStore, Store
from tests.memory_store import MemoryStore
from tests.services.databases import empty_database
from tests.services.records import PREAMBLE, content, digest, record, section


async def _nothing_waits() -> None:
    pass


@dataclass
class Subject:
    """One store under test.

    Attributes:
        flush: returns once what was saved is written.
        keeps: whether the store keeps anything.
    """

    store: Store
    flush: Callable[[], Awaitable[None]] = _nothing_waits
    keeps: bool = True

    async def find_all(self, keys: list[str]) -> list[object]:
        records = [await self.store.find(key) for key in keys]
        return [content(stored) for stored in records if stored is not None]

    def kept(self, *records: AnalysisRecord) -> list[object]:
        return [content(stored) for stored in records] if self.keeps else []


@pytest.fixture(params=["postgres", "null", "memory"])
async def subject(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[Subject]:
    match request.param:
        case "postgres":
            async with empty_database(database_url) as url:
                postgres = await PostgresStore.open(url, StoreSettings(flush_interval_s=0.05))
                yield Subject(postgres, postgres.flush)
                await postgres.close()
        case "null":
            yield Subject(NullStore(), keeps=False)
        case _:
            yield Subject(MemoryStore())


class TestFind:
    async def test_what_was_saved_is_found_at_once_and_once_it_is_written(
        self, subject: Subject
    ) -> None:
        saved = record(digest(), sentiment=section(), tone=section(status="unsupported_language"))
        subject.store.save(saved, characters=300)
        assert await subject.find_all([saved.digest]) == subject.kept(saved)
        await subject.flush()
        assert await subject.find_all([saved.digest]) == subject.kept(saved)
        assert (subject.store.queued, subject.store.dropped) == (0, 0)

    async def test_a_record_without_sections_is_found(self, subject: Subject) -> None:
        saved = AnalysisRecord(digest(), PREAMBLE)
        subject.store.save(saved)
        await subject.flush()
        assert await subject.find_all([saved.digest]) == subject.kept(saved)

    async def test_a_later_save_replaces_sections_and_wipes_none(self, subject: Subject) -> None:
        key = digest()
        for written_between in (False, True):
            subject.store.save(record(key, tone=section(0.1), sentiment=section(0.1)))
            if written_between:
                await subject.flush()
            subject.store.save(record(key, sentiment=section(0.9, version="v2")))
            merged = record(key, tone=section(0.1), sentiment=section(0.9, version="v2"))
            assert await subject.find_all([key]) == subject.kept(merged)
            await subject.flush()
            assert await subject.find_all([key]) == subject.kept(merged)

    @pytest.mark.parametrize("key", ["f" * 64, "not hex", "", "abc"])
    async def test_nothing_is_found_for_what_was_never_saved(
        self, subject: Subject, key: str
    ) -> None:
        subject.store.save(record(digest()))
        assert await subject.store.find(key) is None

    async def test_a_digest_that_is_not_hexadecimal_is_refused_at_once(
        self, subject: Subject
    ) -> None:
        with pytest.raises(ValueError, match="hexadecimal"):
            subject.store.save(record("not hex"))


class TestUse:
    async def test_the_most_used_come_first_with_sections_of_these_versions_alone(
        self, subject: Subject
    ) -> None:
        keys = [digest() for _ in range(4)]
        for key in keys[:3]:
            subject.store.save(record(key, sentiment=section(), tone=section(version="old")))
        subject.store.save(record(keys[3], tone=section(version="old")))
        await subject.flush()
        await subject.store.count_uses({keys[2]: 5, keys[0]: 2, keys[3]: 9, digest(): 100})
        versions = {"sentiment": "v1", "tone": "v2"}
        page = await subject.store.most_used(versions, limit=10, offset=0)
        expected = [record(key, sentiment=section()) for key in (keys[2], keys[0], keys[1])]
        assert [content(stored) for stored in page] == subject.kept(*expected)

    async def test_each_save_is_a_use_and_pages_follow_each_other(self, subject: Subject) -> None:
        records = [record(digest()) for _ in range(5)]
        for rank, saved in enumerate(records):
            for _ in range(5 - rank):
                subject.store.save(saved)
        await subject.flush()
        pages = [
            await subject.store.most_used({"sentiment": "v1"}, limit=2, offset=offset)
            for offset in (0, 2, 4, 6)
        ]
        expected = [records[:2], records[2:4], records[4:], []]
        contents = [[content(stored) for stored in page] for page in pages]
        assert contents == [subject.kept(*page) for page in expected]

    async def test_uses_add_up_and_none_are_no_error(self, subject: Subject) -> None:
        often, once = record(digest()), record(digest())
        for saved in (once, often):
            subject.store.save(saved)
        await subject.flush()
        await subject.store.count_uses({})
        await subject.store.count_uses({once.digest: 3})
        await subject.store.count_uses({often.digest: 2})
        await subject.store.count_uses({often.digest: 2})
        page = await subject.store.most_used({"sentiment": "v1"}, limit=1, offset=0)
        assert [content(stored) for stored in page] == subject.kept(often)


async def test_closing_twice_is_no_error(subject: Subject) -> None:
    subject.store.save(record(digest()))
    await subject.store.close()
    await subject.store.close()
    assert (subject.store.queued, subject.store.dropped) == (0, 0)
