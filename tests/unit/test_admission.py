"""Which class a request is of, and that each has a room of its own."""

from contextlib import ExitStack

import pytest

from serve_app.admission.admission import BULK, INTERACTIVE, LANES, LIGHT, Admission
from serve_app.errors import ServiceOverloaded
from serve_app.settings import DriverSettings
from tests.manual_clock import ManualClock

SETTINGS = DriverSettings(
    bulk_characters=500,
    waiting_characters=1_000,
    waiting_bulk_characters=2_000,
    batches_in_flight=2,
    batch_characters=500,
)


def admission() -> Admission:
    return Admission.of(SETTINGS, ManualClock())


def test_a_request_is_bulk_above_the_limit() -> None:
    with admission().admit(500) as (little, _), admission().admit(501) as (much, _):
        assert (little.bulk, much.bulk) == (False, True)


@pytest.mark.parametrize(
    ("characters", "bulk", "light", "lane"),
    [
        (500, False, False, INTERACTIVE),
        (500, False, True, LIGHT),
        (1, True, False, BULK),
        (501, False, False, BULK),
        (501, False, True, BULK),
    ],
)
def test_each_class_is_counted_in_its_lane(
    characters: int, bulk: bool, light: bool, lane: str
) -> None:
    requests = admission()
    with requests.admit(characters, texts=3, bulk=bulk, light=light):
        waiting = {name: requests.lanes[name].waiting_texts for name in LANES}
    assert waiting == dict.fromkeys(LANES, 0) | {lane: 3}


def test_a_class_that_is_full_leaves_the_others_their_room() -> None:
    requests = admission()
    with ExitStack() as held:
        for _ in range(2):
            held.enter_context(requests.admit(500))
        with pytest.raises(ServiceOverloaded):
            held.enter_context(requests.admit(1))
        held.enter_context(requests.admit(500, light=True))
        held.enter_context(requests.admit(1_500))
        held.enter_context(requests.admit(500, bulk=True))
        with pytest.raises(ServiceOverloaded):
            held.enter_context(requests.admit(1, bulk=True))
    with requests.admit(500):
        pass


def test_the_time_that_text_may_wait_bounds_all_but_bulk() -> None:
    lanes = Admission.of(SETTINGS.model_copy(update={"waiting_s": 0.001}), ManualClock()).lanes
    limits = {name: lane._limits for name, lane in lanes.items()}
    assert {name: each.waiting_s for name, each in limits.items()} == {
        INTERACTIVE: 0.001, LIGHT: 0.001, BULK: None,
    }  # fmt: skip
    assert {each.at_once for each in limits.values()} == {1_000}
