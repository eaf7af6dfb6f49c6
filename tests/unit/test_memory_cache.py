"""What stays in memory, for how long, and what it takes there."""

import hashlib
import random
import tracemalloc

import pytest

from deployments.wire import EncodedSection
from serve_app.analysis_record import AnalysisRecord
from serve_app.cache import Lifetime, MemoryCache
from serve_app.cache.entry import OVERHEAD_BYTES, Ghosts

BASE_S, MAX_S = 10.0, 80.0


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def digest(number: int) -> str:
    return hashlib.sha256(b"%d" % number).hexdigest()


def record(number: int, *names: str, body: bytes = b'{"score":0.5}') -> AnalysisRecord:
    sections = {name: EncodedSection("ok", "v1", body) for name in names or ("sentiment",)}
    return AnalysisRecord(digest(number), b'{"language":{"code":"en"}}', sections)


def cache_of(size_bytes: int, clock: Clock | None = None) -> MemoryCache:
    return MemoryCache(size_bytes, Lifetime(BASE_S, MAX_S), clock=clock or Clock())


def size_of(kept: AnalysisRecord) -> int:
    cache = cache_of(2**20)
    cache.put(kept)
    return cache.size_bytes


class TestLife:
    def test_a_post_asked_for_once_is_forgotten_at_the_end_of_the_base_and_not_before(self) -> None:
        for left_s, there in ((0.001, True), (0, False)):
            clock = Clock()
            cache = cache_of(2**20, clock)
            kept = cache.put(record(1))
            clock.now += BASE_S - left_s
            assert (cache.get(kept.digest) == kept) is there
            assert cache.expired == (not there)

    @pytest.mark.parametrize("uses, life_s", [(1, 20), (2, 40), (3, 80), (4, 80), (50, 80)])
    def test_each_use_doubles_what_follows_it(self, uses: int, life_s: float) -> None:
        for left_s, there in ((0.001, True), (0, False)):
            clock = Clock()
            cache = cache_of(2**20, clock)
            cache.put(record(1))
            for _ in range(uses):
                clock.now += 1
                assert cache.use(digest(1))
            clock.now += life_s - left_s
            assert (cache.peek(digest(1)) is not None) is there

    def test_a_post_that_comes_back_after_its_life_begins_anew(self) -> None:
        clock = Clock()
        cache = cache_of(2**20, clock)
        cache.put(record(1))
        for _ in range(9):
            cache.use(digest(1))
        clock.now += MAX_S
        assert cache.get(digest(1)) is None
        cache.put(record(1))
        clock.now += BASE_S
        assert cache.get(digest(1)) is None

    def test_to_look_without_use_prolongs_nothing(self) -> None:
        clock = Clock()
        cache = cache_of(2**20, clock)
        cache.put(record(1))
        clock.now += BASE_S - 1
        assert cache.peek(digest(1))
        clock.now += 1
        assert cache.peek(digest(1)) is None

    def test_a_put_begins_the_life_again_that_its_uses_have_earned(self) -> None:
        clock = Clock()
        cache = cache_of(2**20, clock)
        cache.put(record(1))
        cache.use(digest(1))
        clock.now += 19
        cache.put(record(1, "tone"))
        clock.now += 19
        assert cache.peek(digest(1))

    def test_sweeping_lets_go_of_what_is_over_and_of_nothing_else(self) -> None:
        clock = Clock()
        cache = cache_of(2**20, clock)
        for number in range(100):
            cache.put(record(number))
        for number in range(0, 100, 4):
            cache.use(digest(number))
        clock.now += BASE_S
        cache.sweep()
        assert (len(cache), cache.expired, cache.evicted) == (25, 75, 0)
        assert cache.size_bytes == 25 * size_of(record(0))


class TestRoom:
    def test_holds_as_many_bytes_as_it_may_and_not_one_more(self) -> None:
        exactly = 3 * size_of(record(0))
        roomy, tight = cache_of(exactly), cache_of(exactly - 1)
        for number in range(3):
            roomy.put(record(number))
            tight.put(record(number))
        assert (len(roomy), roomy.size_bytes, roomy.evicted) == (3, exactly, 0)
        assert (len(tight), tight.evicted) == (2, 1)

    def test_a_crowd_that_comes_once_does_not_push_out_what_is_used(self) -> None:
        cache = cache_of(100 * size_of(record(0)))
        for number in range(50):
            cache.put(record(number))
            cache.use(digest(number))
        for number in range(50, 5_000):
            cache.put(record(number))
        assert all(cache.peek(digest(number)) for number in range(50))
        assert len(cache) <= 100

    def test_what_was_let_go_and_comes_back_is_kept_before_newcomers(self) -> None:
        cache = cache_of(200_000)
        for number in range(100):
            cache.keep(digest(number), bytes(1_500))
            cache.use(digest(number))
        for number in range(100, 130):
            cache.keep(digest(number), bytes(1_500))
        assert cache.peek(digest(101)) is None
        cache.keep(digest(101), bytes(1_500))
        for number in range(1_000, 1_500):
            cache.keep(digest(number), bytes(1_500))
        assert cache.peek(digest(101))

    def test_a_record_larger_than_the_cache_evicts_nothing(self) -> None:
        cache = cache_of(size_of(record(1)))
        cache.put(record(1))
        noise = random.Random(1).randbytes(10_000).hex().encode()
        large = record(2, body=b'{"a":"' + noise + b'"}')
        assert cache.put(large) == large
        assert cache.peek(large.digest) is None
        assert cache.get(digest(1)) == record(1)

    def test_growing_beyond_the_cache_leaves_no_bytes_behind(self) -> None:
        cache = cache_of(size_of(record(1)))
        cache.put(record(1, "sentiment"))
        merged = cache.put(record(1, "tone"))
        assert set(merged.sections) == {"sentiment", "tone"}
        assert (len(cache), cache.size_bytes) == (0, 0)

    def test_of_no_size_keeps_nothing(self) -> None:
        cache = cache_of(0)
        cache.put(record(1))
        assert cache.get(digest(1)) is None

    def test_its_bytes_are_the_sum_of_its_entries_whatever_happens(self) -> None:
        clock, chance = Clock(), random.Random(3)
        cache = cache_of(20_000, clock)
        for _ in range(4_000):
            number = int(chance.paretovariate(0.7)) % 200
            clock.now += chance.random() / 20
            if chance.random() < 0.5:
                cache.use(digest(number))
            else:
                noise = chance.randbytes(150).hex().encode()
                cache.put(record(number, body=b'{"a":"' + noise + b'"}'))
            if chance.random() < 0.01:
                cache.sweep()
            assert cache.size_bytes <= 20_000
        entries = [entry for number in range(200) if (entry := cache.peek(digest(number)))]
        cache.sweep()
        assert len(entries) == len(cache) > 5
        assert cache.size_bytes == sum(entry.size_bytes for entry in entries)
        assert cache.evicted > 50
        assert cache.expired > 10

    def test_an_entry_takes_what_it_says(self) -> None:
        keys = [digest(number) for number in range(20_000)]
        tracemalloc.start()
        cache = cache_of(2**30)
        before = tracemalloc.get_traced_memory()[0]
        for key in keys:
            cache.keep(key, bytes(bytearray(1_000)))
            cache.use(key)
        taken = (tracemalloc.get_traced_memory()[0] - before) / len(keys)
        tracemalloc.stop()
        # The table of a dict doubles, so the share of an entry in it is never exact.
        assert taken == pytest.approx(1_000 + OVERHEAD_BYTES, abs=40)


class TestGhosts:
    def test_a_departure_is_known_for_so_many_later_ones(self) -> None:
        ghosts = Ghosts(2**16)
        keys = [bytes.fromhex(digest(number)) for number in range(11)]
        for key in keys:
            ghosts.add(key)
        assert not ghosts.take(keys[0], latest=10)
        assert ghosts.take(keys[1], latest=10)

    def test_it_is_taken_once(self) -> None:
        ghosts = Ghosts(8)
        ghosts.add(bytes(32))
        assert ghosts.take(bytes(32), latest=1)
        assert not ghosts.take(bytes(32), latest=1)

    def test_an_empty_table_knows_none(self) -> None:
        assert not Ghosts(1).take(bytes(32), latest=100)
