"""Slots that workspaces share."""

from contextlib import ExitStack

import pytest

from serve_app.admission.shares import SharedSlots
from serve_app.errors import ServiceOverloaded


@pytest.mark.parametrize(("limit", "share"), [(1, 1), (2, 1), (3, 1), (4, 2), (5, 2), (64, 32)])
def test_a_workspace_holds_half_and_at_least_one(limit: int, share: int) -> None:
    slots = SharedSlots(limit, retry_after_s=7)
    with ExitStack() as held:
        for _ in range(share):
            held.enter_context(slots.hold("acme"))
        with pytest.raises(ServiceOverloaded) as refused:
            held.enter_context(slots.hold("acme"))
        assert refused.value.retry_after_s == 7
        assert slots.count == share
    assert slots.count == 0
    with slots.hold("acme"):  # what was given back
        assert slots.count == 1


@pytest.mark.parametrize("limit", [0, 1, 2, 5])
def test_all_workspaces_hold_no_more_than_there_are(limit: int) -> None:
    slots = SharedSlots(limit, retry_after_s=7)
    with ExitStack() as held:
        for workspace in range(limit):
            held.enter_context(slots.hold(workspace))
        with pytest.raises(ServiceOverloaded):
            held.enter_context(slots.hold("newcomer"))


def test_a_slot_is_given_back_by_what_fails() -> None:
    slots = SharedSlots(1, retry_after_s=7)
    with pytest.raises(ZeroDivisionError), slots.hold("acme"):
        raise ZeroDivisionError
    with slots.hold("other"):
        assert slots.count == 1
