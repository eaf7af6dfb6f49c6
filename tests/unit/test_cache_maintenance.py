"""The cache's maintenance, with a store in a dict."""

import asyncio

import pytest

from deployments.calls import BatchLimits, DocumentBatch
from deployments.driver import Fanout
from deployments.results import ANALYSES, Status
from deployments.wire import EncodedSection
from serve_app import cache_maintenance
from serve_app.analysis_record import AnalysisRecord
from serve_app.cache import MemoryCache, TieredCache, TtlPolicy
from serve_app.cache_maintenance import CacheMaintenance
from serve_app.readiness import Readiness
from tests.memory_store import MemoryStore


def record(number: int) -> AnalysisRecord:
    body = b'{"status":"unsupported_language","model":null,"took_ms":1,"covered":null}'
    section = EncodedSection("unsupported_language", "v1", body)
    return AnalysisRecord(f"{number:064x}", b"{}", {"tone": section})


def store_of(count: int) -> MemoryStore:
    """With so many records, the first ones used most."""
    store = MemoryStore()
    for number in range(count):
        store.save(record(number))
        store.uses[record(number).digest] = count - number
    return store


async def ready() -> Readiness:
    async def call(batch: DocumentBatch) -> list[EncodedSection]:
        return [EncodedSection("ok", "v1", b"{}") for _ in batch.documents]

    readiness = Readiness(Fanout(dict.fromkeys(ANALYSES, call), BatchLimits()))
    assert set((await readiness.check()).values()) == {Status.OK}
    return readiness


def cache_of(size_bytes: int = 2**20) -> TieredCache:
    return TieredCache(MemoryCache(size_bytes, TtlPolicy(60, 60)), None)


async def warmed(store: MemoryStore, cache: TieredCache, *, records: int) -> CacheMaintenance:
    maintenance = CacheMaintenance(cache, store, await ready(), warm_start_records=records)
    await maintenance.warm_start()
    return maintenance


async def test_a_start_reads_the_most_used_and_as_many_as_it_may() -> None:
    store, cache = store_of(500), cache_of()
    maintenance = await warmed(store, cache, records=250)
    assert maintenance.warmed == len(cache.memory.table) == 250
    assert cache.memory.table.peek(record(0).digest)
    assert store.pages == [(100, 0), (100, 100), (50, 200)]


async def test_a_start_fills_the_memory_and_pushes_nothing_out() -> None:
    store, cache = store_of(500), cache_of(20_000)
    await warmed(store, cache, records=500)
    assert cache.memory.table.evicted == 0
    assert 18_000 < cache.memory.table.size_bytes <= 20_000
    assert len(store.pages) == 1


async def test_a_start_leaves_what_was_computed_meanwhile() -> None:
    store, cache = store_of(3), cache_of()
    newer = AnalysisRecord(record(1).digest, b"{}", {"tone": EncodedSection("ok", "v2", b"{}")})
    cache.memory.put(newer)
    maintenance = await warmed(store, cache, records=10)
    assert maintenance.warmed == 2
    assert cache.memory.get(newer.digest) == newer


async def test_a_start_leaves_sections_in_the_form_of_another_version() -> None:
    store, cache = store_of(2), cache_of()
    other = EncodedSection("ok", "v1", b'{"status":"ok","mood":"fine"}')
    store.records[record(0).digest] = AnalysisRecord(record(0).digest, b"{}", {"tone": other})
    assert (await warmed(store, cache, records=10)).warmed == 1
    assert cache.memory.table.peek(record(0).digest) is None


async def test_a_start_leaves_sections_of_a_replaced_model() -> None:
    store, cache = store_of(2), cache_of()
    old = EncodedSection("ok", "v0", record(0).sections["tone"].body)
    store.records[record(0).digest] = AnalysisRecord(record(0).digest, b"{}", {"tone": old})
    assert (await warmed(store, cache, records=10)).warmed == 1
    assert cache.memory.table.peek(record(0).digest) is None


async def test_a_start_may_be_told_to_read_nothing_and_outlives_a_store_that_is_down() -> None:
    store, cache = store_of(3), cache_of()
    await warmed(store, cache, records=0)
    assert store.pages == []
    store.up = False
    assert (await warmed(store, cache, records=10)).warmed == 0


async def test_a_run_counts_what_was_used_since_the_last_one() -> None:
    store, cache = store_of(3), cache_of()
    maintenance = CacheMaintenance(cache, store, await ready(), warm_start_records=0)
    await cache.put_many([record(1), record(2)])
    await cache.get_many([record(1).digest])
    await cache.get_many([record(1).digest])
    await maintenance.run_once()
    assert store.uses == {record(0).digest: 3, record(1).digest: 2 + 2, record(2).digest: 1}
    store.up = False
    await cache.get_many([record(2).digest])
    await maintenance.run_once()
    assert store.uses[record(2).digest] == 1


async def test_runs_do_not_wait_for_an_analysis_that_is_never_ready(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cache_maintenance, "_INTERVAL_S", 0.01)
    store, cache = store_of(2), cache_of()
    maintenance = CacheMaintenance(
        cache, store, Readiness(Fanout({}, BatchLimits())), warm_start_records=1
    )
    await cache.put_many([record(1)])
    await cache.get_many([record(1).digest])
    maintenance.start()
    async with asyncio.timeout(10):
        while store.uses[record(1).digest] == 1:  # noqa: ASYNC110 - nothing to wait on
            await asyncio.sleep(0.01)
    await maintenance.close()
    assert (store.pages, maintenance.warmed) == ([], 0)
