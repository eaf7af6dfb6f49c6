"""S3-FIFO over entries that are keys and sizes."""

import random
from dataclasses import dataclass

import pytest

from serve_app.cache.eviction import Ghosts, Queue, QueuedEntry, S3Fifo


@dataclass(slots=True, eq=False)
class Sized(QueuedEntry):
    """An entry of any size."""

    weight: int = 10
    over: bool = False

    @property
    def size_bytes(self) -> int:
        return self.weight


def key(number: int) -> bytes:
    return random.Random(number).randbytes(32)


def policy_of(*entries: Sized, limit_bytes: int = 100) -> S3Fifo[Sized]:
    """With these entries; by default a single one is too much for the small queue."""
    policy: S3Fifo[Sized] = S3Fifo(limit_bytes, expired=lambda entry: entry.over)
    for entry in entries:
        policy.add(entry)
    return policy


def entries_of(count: int) -> list[Sized]:
    return [Sized(key(number)) for number in range(count)]


class TestQueues:
    def test_entries_never_used_leave_in_the_order_they_came(self) -> None:
        entries = entries_of(10)
        policy = policy_of(*entries)
        assert [policy.evict() for _ in entries] == entries
        assert policy.size_bytes == 0

    def test_one_that_was_used_outlives_those_that_were_not(self) -> None:
        entries = entries_of(10)
        policy = policy_of(*entries)
        entries[0].frequency += 1
        assert [policy.evict() for _ in range(10)] == [*entries[1:], entries[0]]

    @pytest.mark.parametrize("uses, rounds", [(1, 1), (2, 2), (3, 3), (50, 3)])
    def test_each_use_buys_a_round_in_the_main_queue_and_three_at_most(
        self, uses: int, rounds: int
    ) -> None:
        for other_uses, leaves_first in ((rounds - 1, 1), (rounds, 0)):
            pair = entries_of(2)
            policy = policy_of(*pair, Sized(key(2)))
            pair[0].frequency = pair[1].frequency = 1
            policy.evict()
            assert [entry.queue for entry in pair] == [Queue.MAIN] * 2
            pair[0].frequency, pair[1].frequency = uses, other_uses
            assert policy.evict() is pair[leaves_first]

    def test_a_small_queue_below_its_share_is_left_alone(self) -> None:
        used, older, newer = entries_of(3)
        policy = policy_of(used, older, newer, limit_bytes=300)  # the share is 15 bytes
        used.frequency += 1
        assert policy.evict() is older
        used.frequency = 0
        assert [policy.evict(), policy.evict()] == [used, newer]

    def test_one_that_expired_leaves_at_its_turn_however_often_it_was_used(self) -> None:
        over, fresh = Sized(key(0), over=True), Sized(key(1))
        policy = policy_of(over, fresh)
        over.frequency = 3
        assert policy.evict() is over

    def test_one_that_comes_back_soon_goes_to_the_main_queue(self) -> None:
        used = Sized(key(100))
        policy = policy_of(used, leaver := Sized(key(1)))
        used.frequency += 1
        assert policy.evict() is leaver
        policy.add(returned := Sized(key(1)))
        policy.add(newcomer := Sized(key(2)))
        assert (returned.queue, newcomer.queue) == (Queue.MAIN, Queue.SMALL)

    def test_what_is_removed_takes_no_bytes_and_never_has_a_turn(self) -> None:
        entries = entries_of(3)
        policy = policy_of(*entries)
        policy.remove(entries[0])
        policy.remove(entries[0])
        assert policy.size_bytes == 20
        policy.compact()
        assert [policy.evict(), policy.evict()] == entries[1:]

    def test_its_bytes_are_the_sum_of_its_entries_whatever_happens(self) -> None:
        chance = random.Random(5)
        policy, inside = policy_of(limit_bytes=1_000), set[Sized]()
        for number in range(5_000):
            entry = Sized(key(chance.randrange(500)), weight=chance.randrange(1, 50))
            policy.add(entry)
            inside.add(entry)
            for used in chance.sample(sorted(inside, key=id), min(3, len(inside))):
                used.frequency += 1
            grown = chance.choice(sorted(inside, key=id))
            grown.weight += 5
            policy.resize(grown, 5)
            if number % 7 == 0:
                gone = chance.choice(sorted(inside, key=id))
                policy.remove(gone)
                inside.remove(gone)
            if number % 100 == 0:
                policy.compact()
            while policy.size_bytes > 1_000:
                inside.remove(policy.evict())
            assert policy.size_bytes == sum(entry.size_bytes for entry in inside)
            small = sum(entry.size_bytes for entry in inside if entry.queue is Queue.SMALL)
            assert policy._small_bytes == small


class TestGhosts:
    def test_a_departure_is_known_for_so_many_later_ones(self) -> None:
        ghosts = Ghosts(2**16)
        keys = [key(number) for number in range(11)]
        for departed in keys:
            ghosts.add(departed)
        assert not ghosts.take(keys[0], latest=10)
        assert ghosts.take(keys[1], latest=10)

    def test_it_is_taken_once(self) -> None:
        ghosts = Ghosts(8)
        ghosts.add(bytes(32))
        assert ghosts.take(bytes(32), latest=1)
        assert not ghosts.take(bytes(32), latest=1)

    def test_an_empty_table_knows_none(self) -> None:
        assert not Ghosts(1).take(bytes(32), latest=100)
