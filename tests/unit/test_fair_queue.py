"""The fair queue: the order in which callers are served, whatever each of them brings."""

import gc
from itertools import groupby

import pytest

from deployments.fair_queue import Caller, FairQueue


def drained(queue: FairQueue[str]) -> str:
    return "".join(queue.pop() for _ in range(len(queue)))


def test_one_caller_is_served_in_the_order_of_arrival() -> None:
    queue: FairQueue[str] = FairQueue()
    caller = Caller()
    for item in "abcde":
        queue.push(item, 7, caller)
    assert queue.head() == "a"
    assert drained(queue) == "abcde"


def test_callers_take_turns_whoever_came_first() -> None:
    queue: FairQueue[str] = FairQueue()
    for item, caller in zip("aaabbb", [Caller()] * 3 + [Caller()] * 3, strict=True):
        queue.push(item, 10, caller)
    assert [name for name, _ in groupby(drained(queue))] == ["a", "b"] * 3


def test_a_caller_with_shorter_items_has_more_of_them_served() -> None:
    queue: FairQueue[str] = FairQueue()
    long, short = Caller(), Caller()
    for _ in range(3):
        queue.push("L", 100, long)
    for _ in range(10):
        queue.push("s", 20, short)
    order = drained(queue)
    assert order.index("s") == 1
    assert order[: order.index("L", 1)].count("s") == 5  # as many characters as the long one's


def test_who_comes_late_waits_for_no_backlog() -> None:
    queue: FairQueue[str] = FairQueue()
    huge = Caller()
    for _ in range(400):
        queue.push("h", 20_000, huge)
    for _ in range(50):
        queue.pop()
    queue.push("s", 300, Caller())
    assert [queue.pop(), queue.pop()].count("s") == 1


def test_idle_time_earns_no_credit() -> None:
    queue: FairQueue[str] = FairQueue()
    early, late = Caller(), Caller()
    queue.push("e", 10, early)
    for _ in range(20):
        queue.push("l", 10, late)
    for _ in range(11):
        queue.pop()
    for _ in range(10):
        queue.push("e", 10, early)
    assert drained(queue)[:10].count("e") <= 6


def test_a_caller_who_is_gone_is_forgotten() -> None:
    queue: FairQueue[str] = FairQueue()
    queue.push("a", 1, Caller())
    queue.pop()
    gc.collect()
    assert len(queue._ends) == 0
    with pytest.raises(IndexError):
        queue.pop()
