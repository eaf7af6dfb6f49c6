"""What is taken on, what is refused, and for how long."""

import pytest

from serve_app.admission import Admission
from serve_app.errors import ServiceOverloaded


def admission(characters_per_s: float = 100) -> Admission:
    return Admission(
        bulk_above=500,
        waiting_characters=1_000,
        waiting_bulk_characters=2_000,
        drain_s=lambda characters, bulk: characters / characters_per_s,
    )


def refused_for_s(admission: Admission, characters: int) -> int:
    with pytest.raises(ServiceOverloaded) as refusal, admission.admit(characters):
        pass
    return refusal.value.retry_after_s


def test_a_request_is_bulk_above_the_limit() -> None:
    with admission().admit(500) as little, admission().admit(501) as much:
        assert (little.bulk, much.bulk) == (False, True)


def test_the_wait_is_reckoned_from_what_waits_and_the_rate() -> None:
    requests = admission()
    with requests.admit(400), requests.admit(350):
        assert refused_for_s(requests, 251) == 8  # 750 characters, 100 a second
        with requests.admit(250):
            assert refused_for_s(requests, 1) == 10
    with requests.admit(500), requests.admit(500):
        pass


@pytest.mark.parametrize(("rate", "seconds"), [(1e9, 1), (0.001, 60)])
def test_the_wait_is_never_no_time_nor_for_ever(rate: float, seconds: int) -> None:
    requests = admission(rate)
    with requests.admit(500), requests.admit(500):
        assert refused_for_s(requests, 500) == seconds


def test_bulk_and_little_requests_are_counted_apart() -> None:
    requests = admission()
    with requests.admit(9_000):
        assert refused_for_s(requests, 501) == 60
        with requests.admit(500), requests.admit(500):
            assert refused_for_s(requests, 500) == 10
    with requests.admit(1_500), requests.admit(501 - 1):
        pass


def test_a_request_that_fails_gives_its_place_back() -> None:
    requests = admission()
    with pytest.raises(RuntimeError), requests.admit(500), requests.admit(500):
        raise RuntimeError("bug")
    with requests.admit(500), requests.admit(500):
        pass
