"""The header Prefer."""

import pytest
from starlette.requests import Request

from serve_app.api.preference import LENIENT, RESPOND_ASYNC, has_preference


def request(*values: str) -> Request:
    headers = [(b"prefer", value.encode()) for value in values]
    return Request({"type": "http", "headers": headers})


@pytest.mark.parametrize(
    "values",
    [
        ["handling=lenient"],
        ["Handling = LENIENT"],
        ['handling="lenient"'],
        ["wait=10, handling=lenient; x=1"],
        ["respond-async", "handling=lenient"],
    ],
)
def test_part_of_an_answer_is_welcome(values: list[str]) -> None:
    assert has_preference(request(*values), LENIENT)


@pytest.mark.parametrize(
    "values", [[], [""], ["handling=strict"], ["handling=leniently"], ["x-handling=lenient"]]
)
def test_part_of_an_answer_is_not_asked_for(values: list[str]) -> None:
    assert not has_preference(request(*values), LENIENT)


def test_another_preference_is_another_matter() -> None:
    assert has_preference(request("wait=1, respond-async"), RESPOND_ASYNC)
    assert not has_preference(request("wait=1"), RESPOND_ASYNC)
