import pytest

from serve_app.cache import TtlPolicy


def test_each_use_doubles_the_ttl_up_to_the_limit() -> None:
    policy = TtlPolicy(100, 1_000)
    assert [policy.ttl_s(uses) for uses in range(6)] == [100, 200, 400, 800, 1_000, 1_000]


def test_no_number_of_uses_goes_beyond_the_limit() -> None:
    assert TtlPolicy(0.001, 14 * 86_400).ttl_s(10**9) == 14 * 86_400


def test_one_that_may_not_grow_stays() -> None:
    policy = TtlPolicy(60, 60)
    assert {policy.ttl_s(uses) for uses in range(5)} == {60}


@pytest.mark.parametrize("base_s, max_s", [(0, 10), (-1, 10), (11, 10)])
def test_refuses_a_ttl_that_cannot_be(base_s: float, max_s: float) -> None:
    with pytest.raises(ValueError, match="cannot grow"):
        TtlPolicy(base_s, max_s)
