"""What stays in memory, for how long, and what it takes there."""

import hashlib
import random
import tracemalloc

import pytest

from serve_app.cache import TtlPolicy
from serve_app.cache.record_table import OVERHEAD_BYTES, RecordTable
from tests.manual_clock import ManualClock

BASE_S, MAX_S = 10.0, 80.0


def digest(number: int) -> str:
    return hashlib.sha256(b"%d" % number).hexdigest()


def table_of(limit_bytes: int = 2**20, clock: ManualClock | None = None) -> RecordTable:
    return RecordTable(limit_bytes, TtlPolicy(BASE_S, MAX_S), clock=clock or ManualClock())


def is_there(table: RecordTable, number: int) -> bool:
    return table.peek(digest(number)) is not None


class TestTtl:
    def test_a_record_never_used_expires_at_the_end_of_the_base_and_not_before(self) -> None:
        for early_s, there in ((0.001, True), (0, False)):
            clock = ManualClock()
            table = table_of(clock=clock)
            table.put(digest(1), b"one")
            clock.now += BASE_S - early_s
            assert is_there(table, 1) is there
            assert (table.count_use(digest(1)) is not None) is there

    @pytest.mark.parametrize("uses, ttl_s", [(1, 20), (2, 40), (3, 80), (4, 80), (50, 80)])
    def test_each_use_doubles_what_follows_it(self, uses: int, ttl_s: float) -> None:
        for early_s, there in ((0.001, True), (0, False)):
            clock = ManualClock()
            table = table_of(clock=clock)
            table.put(digest(1), b"one")
            for _ in range(uses):
                clock.now += 1
                assert table.count_use(digest(1))
            clock.now += ttl_s - early_s
            assert is_there(table, 1) is there

    def test_a_record_that_comes_back_after_its_end_begins_anew(self) -> None:
        clock = ManualClock()
        table = table_of(clock=clock)
        table.put(digest(1), b"one")
        for _ in range(9):
            table.count_use(digest(1))
        clock.now += MAX_S
        assert table.count_use(digest(1)) is None
        table.put(digest(1), b"one")
        clock.now += BASE_S
        assert not is_there(table, 1)
        assert table.expired == 1

    def test_to_peek_prolongs_nothing(self) -> None:
        clock = ManualClock()
        table = table_of(clock=clock)
        table.put(digest(1), b"one")
        clock.now += BASE_S - 1
        assert is_there(table, 1)
        clock.now += 1
        assert not is_there(table, 1)

    def test_a_put_begins_the_ttl_again_that_its_uses_have_earned(self) -> None:
        clock = ManualClock()
        table = table_of(clock=clock)
        table.put(digest(1), b"one")
        table.count_use(digest(1))
        clock.now += 19
        table.put(digest(1), b"other")
        clock.now += 19
        cached = table.peek(digest(1))
        assert cached is not None
        assert cached.encoded == b"other"

    def test_sweeping_removes_what_has_expired_and_nothing_else(self) -> None:
        clock = ManualClock()
        table = table_of(clock=clock)
        for number in range(100):
            table.put(digest(number), b"one")
        for number in range(0, 100, 4):
            table.count_use(digest(number))
        clock.now += BASE_S
        table.sweep()
        assert (len(table), table.expired, table.evicted) == (25, 75, 0)
        assert table.size_bytes == 25 * (OVERHEAD_BYTES + len(b"one"))


class TestRoom:
    def test_holds_as_many_bytes_as_it_may_and_not_one_more(self) -> None:
        exactly = 3 * (OVERHEAD_BYTES + 100)
        roomy, tight = table_of(exactly), table_of(exactly - 1)
        for number in range(3):
            roomy.put(digest(number), bytes(100))
            tight.put(digest(number), bytes(100))
        assert (len(roomy), roomy.size_bytes, roomy.evicted) == (3, exactly, 0)
        assert (len(tight), tight.evicted) == (2, 1)

    def test_is_full_shortly_before_a_record_has_to_leave(self) -> None:
        table = table_of(100 * (OVERHEAD_BYTES + 100))
        states = []
        for number in range(100):
            table.put(digest(number), bytes(100))
            states.append(table.full)
        assert states == [False] * 95 + [True] * 5

    def test_a_crowd_that_comes_once_does_not_push_out_what_is_used(self) -> None:
        table = table_of(100 * (OVERHEAD_BYTES + 100))
        for number in range(50):
            table.put(digest(number), bytes(100))
            table.count_use(digest(number))
        for number in range(50, 5_000):
            table.put(digest(number), bytes(100))
        assert all(is_there(table, number) for number in range(50))
        assert len(table) <= 100

    def test_what_was_evicted_and_comes_back_is_kept_before_newcomers(self) -> None:
        table = table_of(200_000)
        for number in range(100):
            table.put(digest(number), bytes(1_500))
            table.count_use(digest(number))
        for number in range(100, 130):
            table.put(digest(number), bytes(1_500))
        assert not is_there(table, 101)
        table.put(digest(101), bytes(1_500))
        for number in range(1_000, 1_500):
            table.put(digest(number), bytes(1_500))
        assert is_there(table, 101)

    def test_a_record_larger_than_the_table_evicts_nothing(self) -> None:
        table = table_of(OVERHEAD_BYTES + 100)
        table.put(digest(1), bytes(100))
        table.put(digest(2), bytes(101))
        assert (is_there(table, 1), is_there(table, 2)) == (True, False)

    def test_growing_beyond_the_table_leaves_no_bytes_behind(self) -> None:
        table = table_of(OVERHEAD_BYTES + 100)
        table.put(digest(1), bytes(100))
        table.put(digest(1), bytes(101))
        assert (len(table), table.size_bytes) == (0, 0)

    def test_of_no_size_keeps_nothing_and_cleared_keeps_no_more(self) -> None:
        nothing, cleared = table_of(0), table_of()
        for table in (nothing, cleared):
            table.put(digest(1), b"one")
        cleared.clear()
        for table in (nothing, cleared):
            assert table.count_use(digest(1)) is None
            assert (len(table), table.size_bytes) == (0, 0)

    def test_its_bytes_are_the_sum_of_its_records_whatever_happens(self) -> None:
        clock, chance = ManualClock(), random.Random(3)
        table = table_of(20_000, clock)
        for _ in range(4_000):
            number = int(chance.paretovariate(0.7)) % 200
            clock.now += chance.random() / 20
            if chance.random() < 0.5:
                table.count_use(digest(number))
            else:
                table.put(digest(number), bytes(chance.randrange(100, 500)))
            if chance.random() < 0.01:
                table.sweep()
            assert table.size_bytes <= 20_000
        records = [cached for number in range(200) if (cached := table.peek(digest(number)))]
        table.sweep()
        assert len(records) == len(table) > 5
        assert table.size_bytes == sum(cached.size_bytes for cached in records)
        assert table.evicted > 50
        assert table.expired > 10

    def test_a_record_takes_what_it_says(self) -> None:
        keys = [digest(number) for number in range(20_000)]
        tracemalloc.start()
        table = table_of(2**30)
        before = tracemalloc.get_traced_memory()[0]
        for key in keys:
            table.put(key, bytes(bytearray(1_000)))
            table.count_use(key)
        taken = (tracemalloc.get_traced_memory()[0] - before) / len(keys)
        tracemalloc.stop()
        # The table of a dict doubles, so the share of an entry in it is never exact.
        assert taken == pytest.approx(1_000 + OVERHEAD_BYTES, abs=40)
