"""The parts of jobs that need no database: chunks, lines, flips, scaling."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from serve_app.jobs.chunk import CHUNK_CHARACTERS, chunks_of
from serve_app.jobs.flips import MAX_EXAMPLES, counted_flips, flips_between, merged_flips
from serve_app.jobs.items import (
    JobItem,
    RefusedItem,
    is_failure,
    lines_from,
    merged_lines,
    pack_items,
    pack_lines,
    unpack_items,
    unpack_lines,
)
from serve_app.jobs.scaling import (
    TARGET_WAIT_S,
    WAITING_WORK,
    waiting_work_s,
    wanted_workers,
)
from serve_app.problems import problem

REFUSED = problem("blank-text", "The text is empty.")


def _line(index: int, words: str = "") -> bytes:
    return b'{"index":%d,"status":"ok","id":"%s","result":{}}\n' % (index, words.encode())


class TestChunks:
    @pytest.mark.parametrize(("posts", "sizes"), [(0, []), (100, [100]), (101, [100, 1])])
    def test_they_have_so_many_posts(self, posts: int, sizes: list[int]) -> None:
        items = [JobItem(index, None, "a") for index in range(posts)]
        chunks = list(chunks_of(items, 100))
        assert [chunk.posts for chunk in chunks] == sizes
        assert [item for chunk in chunks for item in chunk.items] == items

    def test_they_have_so_much_text(self) -> None:
        text = "a" * (CHUNK_CHARACTERS // 4)
        chunks = list(chunks_of([JobItem(index, None, text) for index in range(9)], 100))
        assert [chunk.posts for chunk in chunks] == [4, 4, 1]

    def test_refused_posts_count(self) -> None:
        items: list[JobItem | RefusedItem] = [
            RefusedItem(0, None, REFUSED), JobItem(1, "x", "a"), RefusedItem(2, None, REFUSED),
        ]  # fmt: skip
        [first, second] = chunks_of(items, 2)
        assert (first.first_index, first.posts, second.first_index) == (0, 2, 2)
        assert (len(second.items), len(second.refused)) == (0, 1)


class TestLines:
    def test_items_and_lines_are_unpacked_as_they_were(self) -> None:
        items = [JobItem(3, "x", "a\nb\u2028c"), JobItem(4, None, None)]
        assert unpack_items(pack_items(items)) == items
        lines = [_line(1, "a"), _line(2, "é\u2028")]
        assert unpack_lines(pack_lines(lines)) == lines
        assert pack_items([]) is None
        assert pack_lines([]) is None
        assert unpack_items(None) == []
        assert unpack_lines(None) == []

    def test_new_ones_take_the_place_of_old_ones(self) -> None:
        old = [_line(1, "old"), _line(10, "old"), _line(9, "old")]
        assert merged_lines(old, [_line(9, "new"), _line(2, "new")]) == [
            _line(1, "old"), _line(2, "new"), _line(9, "new"), _line(10, "old"),
        ]  # fmt: skip
        assert list(lines_from([_line(1), _line(2), _line(3)], 2)) == [_line(2), _line(3)]

    def test_a_failure_is_told_by_its_status(self) -> None:
        assert is_failure(RefusedItem(7, '"status":"ok"', REFUSED).line())
        assert not is_failure(_line(7, '\\"status\\":\\"error\\"'))


class TestFlips:
    def test_what_people_see_is_compared(self) -> None:
        old = {
            "sentiment": {"status": "ok", "label": "positive"},
            "tone": {"status": "ok", "dominant": "glad"},
            "readability": {"status": "ok", "ease": 50.2},
        }
        new = {
            "sentiment": {"status": "ok", "label": "neutral"},
            "tone": {"status": "failed"},
            "readability": {"status": "ok", "ease": 50.4},
        }
        assert flips_between(old, new) == {"sentiment": {"from": "positive", "to": "neutral"}}
        assert flips_between({}, new) == {}

    def test_lists_are_compared_in_any_order(self) -> None:
        def answer(*names: str) -> dict[str, Any]:
            items = [{"text": n, "label": "ORG", "group": i} for i, n in enumerate(names)]
            return {"entities": {"status": "ok", "items": items}}

        assert flips_between(answer("Shell", "BP"), answer("BP", "Shell")) == {}
        assert flips_between(answer("Shell"), answer("BP")) == {
            "entities": {"from": ["Shell:ORG"], "to": ["BP:ORG"]}
        }

    def test_counts_add_up_and_examples_are_few(self) -> None:
        flip = {"tone": {"from": "glad", "to": "sad"}}
        one = counted_flips({f"a{n}": flip for n in range(4)})
        both = merged_flips(one, counted_flips({f"b{n}": flip for n in range(4)}))
        assert both["tone"]["posts"] == 8
        assert [e["post_id"] for e in both["tone"]["examples"]] == ["a0", "a1", "a2", "a3", "b0"]
        assert len(both["tone"]["examples"]) == MAX_EXAMPLES
        assert counted_flips({"a": {}}) == {}


@dataclass
class _Context:
    aggregated_metrics: Mapping[str, Mapping[Any, float]] = field(default_factory=dict)
    target_num_replicas: int = 3


class TestScaling:
    @pytest.mark.parametrize(
        ("waiting_s", "workers"),
        [(0, 1), (TARGET_WAIT_S, 1), (TARGET_WAIT_S + 1, 2), (10 * TARGET_WAIT_S, 10)],
    )
    def test_the_queue_is_through_in_time(self, waiting_s: float, workers: int) -> None:
        context = _Context({WAITING_WORK: {"a": waiting_s, "b": 0.0}})
        assert wanted_workers(context)[0] == workers

    def test_nothing_changes_before_they_report(self) -> None:
        assert wanted_workers(_Context())[0] == 3

    def test_a_worker_counts_what_it_does_at_a_time(self) -> None:
        assert waiting_work_s(due=10, chunk_s=4, concurrency=2) == 20
