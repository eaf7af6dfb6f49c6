from datetime import UTC, datetime, timedelta

from deployments.wire import EncodedSection
from serve_app.analysis_record import AnalysisRecord
from serve_app.store.write_queue import PendingWrite, WriteQueue

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def write(digest: str, *names: str, at_s: int = 0, characters: int | None = None) -> PendingWrite:
    sections = {name: EncodedSection("ok", f"at {at_s}", b"{}") for name in names}
    at = NOW + timedelta(seconds=at_s)
    return PendingWrite(AnalysisRecord(digest, b"{}", sections), characters, at, at)


def digests(batch: list[PendingWrite]) -> list[str]:
    return [write.record.digest for write in batch]


def test_batches_leave_in_the_order_of_saving() -> None:
    queue = WriteQueue(10)
    for digest in "abcde":
        assert queue.put(write(digest))
    assert digests(queue.batch(2)) == ["a", "b"]
    queue.acknowledge()
    assert digests(queue.batch(2)) == ["c", "d"]
    queue.acknowledge()
    assert digests(queue.batch(2)) == ["e"]


def test_a_batch_that_failed_is_given_again_and_still_counts() -> None:
    queue = WriteQueue(3)
    for digest in "abc":
        queue.put(write(digest))
    first = queue.batch(2)
    assert queue.batch(2) == first
    assert (len(queue), queue.acknowledged) == (3, 0)
    assert not queue.put(write("d"))
    assert queue.rejected == 1


def test_two_saves_of_a_text_are_one_write() -> None:
    queue = WriteQueue(1)
    queue.put(write("a", "tone", "keywords", characters=7))
    assert queue.put(write("a", "tone", at_s=5))
    [merged] = queue.batch(10)
    assert (merged.seen_count, merged.characters) == (2, 7)
    assert merged.last_seen_at - merged.first_seen_at == timedelta(seconds=5)
    versions = {name: part.version for name, part in merged.record.sections.items()}
    assert versions == {"tone": "at 5", "keywords": "at 0"}


def test_a_text_saved_again_while_it_is_written_is_written_again() -> None:
    queue = WriteQueue(10)
    queue.put(write("a", "keywords"))
    queue.batch(10)
    queue.put(write("a", "tone"))
    record = queue.find("a")
    assert record is not None
    assert set(record.sections) == {"keywords", "tone"}
    queue.acknowledge()
    assert (len(queue), queue.acknowledged) == (1, 1)
    assert set(queue.batch(10)[0].record.sections) == {"tone"}


def test_nothing_is_found_once_it_is_acknowledged() -> None:
    queue = WriteQueue(10)
    queue.put(write("a"))
    assert queue.find("a") is not None
    queue.batch(1)
    queue.acknowledge()
    assert queue.find("a") is None
