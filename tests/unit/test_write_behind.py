"""The writer behind the answers, with a database that is two coroutines."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from serve_app.analysis_record import AnalysisRecord
from serve_app.errors import StoreUnavailable
from serve_app.settings import StoreSettings
from serve_app.store import write_behind
from serve_app.store.errors import RowRefused
from serve_app.store.write_behind import WriteBehind
from serve_app.store.write_queue import PendingWrite

NOW = datetime(2026, 1, 1, tzinfo=UTC)
AT_ONCE = StoreSettings(flush_interval_s=0.01, batch_size=3)


class Tables:
    """Takes batches, unless it is down or one of their texts is refused."""

    def __init__(self) -> None:
        self.up = True
        self.refused: set[str] = set()
        self.prepared = 0
        self.batches: list[str] = []

    async def prepare(self) -> None:
        self.prepared += 1
        if not self.up:
            raise StoreUnavailable("down") from ConnectionRefusedError()

    async def write(self, batch: Sequence[PendingWrite]) -> None:
        await self.prepare()
        digests = "".join(write.record.digest for write in batch)
        if self.refused & set(digests):
            raise RowRefused("refused") from ValueError("private")
        self.batches.append(digests)


def put(writes: WriteBehind, digests: str) -> None:
    for digest in digests:
        writes.put(PendingWrite(AnalysisRecord(digest, b"{}"), None, NOW, NOW))


async def test_what_is_put_is_written_in_batches_and_in_order() -> None:
    tables = Tables()
    writes = WriteBehind(tables.prepare, tables.write, AT_ONCE)
    put(writes, "abcdefg")
    writes.start()
    await writes.flush()
    assert tables.batches == ["abc", "def", "g"]
    assert len(writes.queue) == 0
    await writes.close(timeout_s=1)
    assert writes.lost == 0


async def test_a_flush_does_not_wait_for_the_interval() -> None:
    tables = Tables()
    writes = WriteBehind(tables.prepare, tables.write, StoreSettings(flush_interval_s=60))
    writes.start()
    put(writes, "a")
    async with asyncio.timeout(5):
        await writes.flush()
        await writes.close(timeout_s=1)
    assert tables.batches == ["a"]


async def test_a_refused_text_is_lost_alone_and_named_without_its_content(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tables = Tables()
    tables.refused = {"b"}
    writes = WriteBehind(tables.prepare, tables.write, AT_ONCE)
    put(writes, "abcd")
    writes.start()
    await writes.flush()
    await writes.close(timeout_s=1)
    assert (tables.batches, writes.lost) == (["a", "c", "d"], 1)
    assert caplog.messages == ["Postgres refuses the record b: ValueError"]


async def test_an_outage_is_outlived_and_logged_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level("INFO")
    monkeypatch.setattr(write_behind, "_FIRST_RETRY_S", 0.001)
    tables = Tables()
    tables.up = False
    writes = WriteBehind(tables.prepare, tables.write, AT_ONCE)
    put(writes, "ab")
    writes.start()
    async with asyncio.timeout(5):
        while tables.prepared < 3:  # noqa: ASYNC110 - nothing to wait on
            await asyncio.sleep(0.001)
        assert tables.batches == []
        tables.up = True
        await writes.flush()
        await writes.close(timeout_s=1)
    assert tables.batches == ["ab"]
    assert caplog.messages[0] == "Postgres cannot be written (ConnectionRefusedError); retrying."
    assert [line.split()[1] for line in caplog.messages] == ["cannot", "is"]
    assert not caplog.records[0].exc_info


async def test_what_still_waits_at_the_end_is_lost_and_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tables = Tables()
    tables.up = False
    writes = WriteBehind(tables.prepare, tables.write, AT_ONCE)
    put(writes, "ab")
    writes.start()
    await writes.close(timeout_s=0.05)
    assert writes.lost == 2
    assert caplog.messages[-1] == "Postgres did not come back in time: 2 texts are lost."
