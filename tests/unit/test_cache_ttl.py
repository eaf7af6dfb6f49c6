import pytest

from serve_app.cache import Lifetime


def test_each_use_doubles_the_life_up_to_the_limit() -> None:
    lifetime = Lifetime(100, 1_000)
    assert [lifetime.after(uses) for uses in range(6)] == [100, 200, 400, 800, 1_000, 1_000]


def test_no_number_of_uses_goes_beyond_the_limit() -> None:
    assert Lifetime(0.001, 14 * 86_400).after(10**9) == 14 * 86_400


def test_one_that_may_not_grow_stays() -> None:
    lifetime = Lifetime(60, 60)
    assert {lifetime.after(uses) for uses in range(5)} == {60}


@pytest.mark.parametrize("base_s, max_s", [(0, 10), (-1, 10), (11, 10)])
def test_refuses_a_life_that_cannot_be(base_s: float, max_s: float) -> None:
    with pytest.raises(ValueError, match="cannot grow"):
        Lifetime(base_s, max_s)
