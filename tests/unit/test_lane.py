"""What one class of requests may have waiting, and when those who are refused come back."""

import random
from collections import defaultdict, deque
from contextlib import ExitStack

import pytest

from serve_app.admission import lane as lane_module
from serve_app.admission.lane import Admitted, Lane, LaneLimits
from serve_app.errors import ServiceOverloaded
from tests.manual_clock import ManualClock


class Queue:
    """A lane, and what is taken on in it, answered in its order."""

    def __init__(self, limits: LaneLimits) -> None:
        self.clock = ManualClock()
        self.lane = Lane(limits, self.clock)
        self._waiting: deque[tuple[ExitStack, Admitted]] = deque()

    def ask(self, characters: int = 100, key: object = None) -> int | None:
        """The seconds to wait; None where it is taken on."""
        stack = ExitStack()
        try:
            admitted = stack.enter_context(self.lane.admit(characters, key=key))
        except ServiceOverloaded as refusal:
            return refusal.retry_after_s
        self._waiting.append((stack, admitted))
        return None

    def answer(self, count: int = 1) -> int:
        """Answer so many; how many there were."""
        answered = 0
        while answered < count and self._waiting:
            stack, admitted = self._waiting.popleft()
            admitted.answered(admitted.characters, done=True)
            stack.close()
            answered += 1
        return answered

    def at_rate(self, texts_per_s: int, seconds: int = 20, waiting: int = 1_000) -> "Queue":
        """Answer texts of 100 characters while so many characters wait, until that is known."""
        while self.lane.waiting_characters < waiting:
            assert self.ask() is None
        for _ in range(seconds * texts_per_s):
            self.clock.now += 1 / texts_per_s
            self.answer()
            assert self.ask() is None
        assert self.lane.characters_per_s == pytest.approx(100 * texts_per_s, rel=0.05)
        return self


LIMITS = LaneLimits(1_000, waiting_s=None, at_once=500)


def full(texts_per_s: int = 10) -> Queue:
    """1,000 characters wait, which are all that may; a text of 100 takes a tenth of a second."""
    return Queue(LIMITS).at_rate(texts_per_s)


def test_beyond_the_limit_is_refused_and_up_to_it_is_not() -> None:
    queue = Queue(LIMITS)
    assert [queue.ask(900), queue.ask(101), queue.ask(100), queue.ask(1)] == [None, 1, None, 1]


def test_one_is_always_taken_whatever_its_size() -> None:
    queue = Queue(LIMITS)
    assert queue.ask(50_000) is None
    assert queue.ask(1) == 1
    queue.answer()
    assert queue.ask(50_000) is None


def test_what_waits_is_told_and_how_long() -> None:
    queue = Queue(LIMITS)
    assert (queue.lane.waiting_texts, queue.lane.oldest_wait_s) == (0, 0)
    with queue.lane.admit(300, texts=2) as admitted:
        queue.clock.now += 5
        with queue.lane.admit(100):
            queue.clock.now += 2
            assert (queue.lane.waiting_texts, queue.lane.waiting_characters) == (3, 400)
            assert queue.lane.oldest_wait_s == 7
            admitted.answered(200, done=True)
            assert (queue.lane.waiting_texts, queue.lane.waiting_characters) == (2, 200)
        assert (queue.lane.waiting_texts, queue.lane.waiting_characters) == (1, 100)
    assert (queue.lane.waiting_texts, queue.lane.waiting_characters) == (0, 0)
    assert queue.lane.oldest_wait_s == 0


def test_what_runs_on_after_a_request_has_ended_counts_no_more() -> None:
    queue = Queue(LIMITS)
    with queue.lane.admit(900) as admitted:
        pass
    admitted.answered(900, done=True)
    assert queue.lane.waiting_characters == 0
    with queue.lane.admit(400):
        assert queue.lane.waiting_characters == 400


def test_a_place_that_is_put_off_keeps_nobody_behind_it() -> None:
    queue = full(texts_per_s=1)
    assert [queue.ask(300, key=key) for key in ("first", "second")]
    line = queue.lane._line
    line.postpone("first", 60, queue.clock.now)
    queue.clock.now += 30
    line.move(queue.clock.now)
    assert line.due("first") is not None
    assert line.due("second") is None


def test_a_request_that_fails_gives_its_place_back() -> None:
    queue = Queue(LIMITS)
    with pytest.raises(RuntimeError), queue.lane.admit(900):
        raise RuntimeError("bug")
    assert (queue.lane.waiting_characters, queue.lane.characters_per_s) == (0, 0)


@pytest.mark.parametrize(
    ("texts_per_s", "limit"), [(10, 2_000), (4, 1_000), (50, 5_000)], ids=["time", "batch", "hard"]
)
def test_the_limit_follows_the_rate_between_a_batch_and_the_hard_bound(
    texts_per_s: int, limit: int
) -> None:
    limits = LaneLimits(5_000, waiting_s=2, at_once=1_000)
    queue = Queue(limits)
    assert queue.lane.limit == 1_000  # nothing is known yet but that a batch has to go
    queue.at_rate(texts_per_s)
    assert queue.lane.limit == pytest.approx(limit, rel=0.05)
    if limit != 2_000:
        assert queue.lane.limit == limit


def test_who_is_refused_is_told_when_there_will_be_room() -> None:
    queue = full(texts_per_s=1)
    assert queue.ask(300, key="a") == pytest.approx(3, abs=1)  # 300 characters have to go first
    assert queue.ask(300, key="b") == pytest.approx(6, abs=1)  # and those of the one before him
    assert queue.ask(300, key="c") == pytest.approx(9, abs=1)


def test_nobody_is_told_more_than_a_minute_nor_promised_it() -> None:
    queue = full(texts_per_s=1)
    told = [queue.ask(1_000, key=n) for n in range(8)]
    assert told[-1] == 60
    queue.clock.now += 60
    queue.answer(7)
    # The last one had no place: it is as any newcomer.
    assert queue.ask(1_000, key=7) is not None


def test_who_comes_back_in_his_turn_goes_before_those_who_come_for_the_first_time() -> None:
    queue = full()
    told = queue.ask(100, key="back")
    others = [queue.ask(100, key=n) for n in range(30)]
    assert told == 1
    assert max(other or 0 for other in others) > 1
    queue.clock.now += told
    queue.answer(2)
    assert queue.ask(100, key="new") is not None
    assert queue.ask(100, key="back") is None


def test_who_comes_too_early_keeps_his_place_and_gains_nothing() -> None:
    queue = full(texts_per_s=1)
    told = queue.ask(300, key="a")
    assert told is not None
    after = queue.ask(300, key="b")
    queue.clock.now += 1
    queue.answer(1)
    assert queue.ask(300, key="a") == told - 1
    assert queue.ask(300, key="b") == (after or 0) - 1


def test_where_room_is_late_the_wait_is_what_is_left_and_the_place_stays() -> None:
    queue = full(texts_per_s=1)
    told = queue.ask(300, key="a")
    assert told is not None
    queue.clock.now += told
    assert queue.ask(300, key="a") == pytest.approx(3, abs=1)
    queue.answer(3)
    queue.clock.now += 3
    assert queue.ask(300, key="a") is None


def test_half_of_the_room_is_anyones_whoever_does_not_come_back() -> None:
    queue = full()
    for n in range(50):
        assert queue.ask(100, key=n)
    queue.answer(6)
    assert queue.ask(100, key="new") is None  # 500 wait
    assert queue.ask(100, key="newer") is not None


def test_places_that_are_not_taken_up_are_forgotten_and_fewer_are_expected() -> None:
    queue = full()
    first = [queue.ask(100, key=n) or 0 for n in range(100)]
    queue.answer(10)
    queue.clock.now += 60
    while queue.ask(100) is None:
        pass
    again = [queue.ask(100, key=-n) or 0 for n in range(1, 101)]
    assert max(first) == pytest.approx(10.5, abs=1)
    assert max(again) < max(first) / 2


def test_so_late_a_place_is_still_kept_and_later_it_is_not() -> None:
    for late_s, taken in ((lane_module._GRACE_S, True), (lane_module._GRACE_S + 0.1, False)):
        queue = full()
        told = queue.ask(100, key="a") or 0
        for n in range(100):  # a line beyond that
            queue.ask(100, key=n)
        queue.clock.now += told + late_s
        queue.answer(3)
        assert (queue.ask(100, key="a") is None) == taken


def test_who_has_no_key_is_told_and_stands_in_no_line() -> None:
    queue = full(texts_per_s=1)
    assert queue.ask(300) == queue.ask(300)


def test_places_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane_module, "MAX_PLACES", 3)
    queue = full(texts_per_s=1)
    told = [queue.ask(100, key=n) or 0 for n in range(6)]
    assert told[2] < told[3] == told[4] == told[5]


@pytest.mark.parametrize("seed", range(3))
def test_at_three_times_the_capacity_the_refused_are_taken_when_they_were_told(seed: int) -> None:
    """Callers come for 20 s; each 10 ms one text is answered and two to four callers come."""
    numbers = random.Random(seed)
    queue = Queue(LaneLimits(100_000, waiting_s=1.5, at_once=10_000)).at_rate(100, waiting=8_000)
    asking: defaultdict[int, list[int]] = defaultdict(list)  # by the step in which they ask
    for caller in range(6_000):
        asking[numbers.randrange(2_000)].append(caller)
    came: dict[int, int] = {}
    told: dict[int, int] = {}
    taken: dict[int, int] = {}
    for step in range(9_000):
        queue.clock.now += 0.01
        assert queue.answer() == 1 or step >= 2_000, "there was room, and nobody was taken on"
        for caller in asking[step]:
            came.setdefault(caller, step)
            wait_s = queue.ask(100, key=caller)
            if wait_s is None:
                taken[caller] = step
            else:
                told.setdefault(caller, 100 * wait_s)
                asking[step + 100 * wait_s].append(caller)
        assert queue.lane.waiting_characters <= 15_100
    assert len(told) > 3_000
    waited = {caller: taken[caller] - came[caller] for caller in told}
    right = [waited[caller] - told[caller] <= 0.3 * waited[caller] for caller in told]
    assert sum(right) > 0.9 * len(right)
