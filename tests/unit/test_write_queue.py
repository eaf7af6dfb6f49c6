from datetime import UTC, datetime, timedelta

from deployments.wire import EncodedSection
from serve_app.analysis_record import AnalysisRecord
from serve_app.store.write_queue import Backlog, Entry

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def entry(digest: str, *names: str, at_s: int = 0, characters: int | None = None) -> Entry:
    sections = {name: EncodedSection("ok", f"at {at_s}", b"{}") for name in names}
    at = NOW + timedelta(seconds=at_s)
    return Entry(AnalysisRecord(digest, b"{}", sections), characters, at, at)


def digests(entries: list[Entry]) -> list[str]:
    return [kept.record.digest for kept in entries]


def test_batches_leave_in_the_order_of_saving() -> None:
    backlog = Backlog(10)
    for digest in "abcde":
        assert backlog.add(entry(digest))
    assert digests(backlog.batch(2)) == ["a", "b"]
    backlog.settle()
    assert digests(backlog.batch(2)) == ["c", "d"]
    backlog.settle()
    assert digests(backlog.batch(2)) == ["e"]


def test_a_batch_that_failed_is_given_again_and_still_counts() -> None:
    backlog = Backlog(3)
    for digest in "abc":
        backlog.add(entry(digest))
    first = backlog.batch(2)
    assert backlog.batch(2) == first
    assert (len(backlog), backlog.settled) == (3, 0)
    assert not backlog.add(entry("d"))
    assert backlog.dropped == 1


def test_two_saves_of_a_text_are_one_entry() -> None:
    backlog = Backlog(1)
    backlog.add(entry("a", "tone", "keywords", characters=7))
    assert backlog.add(entry("a", "tone", at_s=5))
    [merged] = backlog.batch(10)
    assert (merged.seen_count, merged.characters) == (2, 7)
    assert merged.last_seen_at - merged.first_seen_at == timedelta(seconds=5)
    versions = {name: part.version for name, part in merged.record.sections.items()}
    assert versions == {"tone": "at 5", "keywords": "at 0"}


def test_a_text_saved_again_while_it_is_written_is_written_again() -> None:
    backlog = Backlog(10)
    backlog.add(entry("a", "keywords"))
    backlog.batch(10)
    backlog.add(entry("a", "tone"))
    found = backlog.find("a")
    assert found is not None
    assert set(found.sections) == {"keywords", "tone"}
    backlog.settle()
    assert (len(backlog), backlog.settled) == (1, 1)
    assert set(backlog.batch(10)[0].record.sections) == {"tone"}


def test_nothing_is_found_once_it_is_settled() -> None:
    backlog = Backlog(10)
    backlog.add(entry("a"))
    assert backlog.find("a") is not None
    backlog.batch(1)
    backlog.settle()
    assert backlog.find("a") is None
