"""Cursors give back what they were made of, to their own list alone."""

import base64
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serve_app.errors import InvalidRequest
from serve_app.posts.cursor import MAX_CURSOR_CHARACTERS, Value, decode_cursor, encode_cursor
from serve_app.posts.filters import PostFilter
from serve_app.posts.sorting import parse_sort

FILTER = PostFilter(tags=("a",))
SORT = parse_sort("-time", FILTER)
TIME = datetime(2026, 5, 31, 12, 0, 4, 120_001, tzinfo=UTC)
ID = UUID("01a21894-7cd7-771c-a18c-279637398a98")
LIST = {"workspace": 1, "filter": FILTER, "sort": SORT}

CURSOR = encode_cursor([TIME, ID], workspace=1, filter=FILTER, sort=SORT)


def decode(cursor: str, types: tuple[type, ...] = (datetime, UUID)) -> list[Value]:
    return decode_cursor(cursor, types, workspace=1, filter=FILTER, sort=SORT)


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
    st.uuids(),
    st.floats(-1e6, 1e6, width=32),
    st.integers(0, 10**6),
)
def test_every_value_comes_back_exactly(time: datetime, id: UUID, score: float, words: int) -> None:
    values: list[Value] = [time, id, score, words, None]
    cursor = encode_cursor(values, workspace=1, filter=FILTER, sort=SORT)
    assert decode(cursor, (datetime, UUID, float, int, datetime)) == values
    assert len(cursor) <= MAX_CURSOR_CHARACTERS
    assert all(sign.isalnum() or sign in "-_" for sign in cursor)


def test_the_longest_one_is_within_the_limit() -> None:
    values: list[Value] = [0.1 + 0.2, ID, TIME, ID, TIME, ID]
    cursor = encode_cursor(values, workspace=2**31 - 1, filter=FILTER, sort=SORT)
    assert len(cursor) <= MAX_CURSOR_CHARACTERS


@pytest.mark.parametrize("place", range(0, len(CURSOR), 7))
def test_a_damaged_one_is_refused(place: int) -> None:
    other = "A" if CURSOR[place] != "A" else "B"
    for damaged in (CURSOR[:place] + other + CURSOR[place + 1 :], CURSOR[:place]):
        with pytest.raises(InvalidRequest) as refusal:
            decode(damaged)
        assert refusal.value.problem.type.slug == "invalid-cursor"


@pytest.mark.parametrize("cursor", ["", "é", "a b", "====", "🚀", "A" * 400, "\0", CURSOR + "!"])
def test_what_is_none_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidRequest):
        decode(cursor)


def test_one_of_another_list_is_refused() -> None:
    others = (
        LIST | {"workspace": 2},
        LIST | {"filter": PostFilter(tags=("b",))},
        LIST | {"sort": parse_sort("time", FILTER)},
    )
    for other in others:
        with pytest.raises(InvalidRequest, match="another list"):
            decode_cursor(CURSOR, (datetime, UUID), **other)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "payload", [b"", b"{}", b"[1]", b'["x","y"]', b"[1e300,2]", b'[99999999999999999999,"0"]']
)
def test_one_that_was_made_up_is_refused(payload: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    from serve_app.posts import cursor as module

    forged = module._digest(payload, 1, FILTER, SORT) + payload
    with pytest.raises(InvalidRequest):
        decode(base64.urlsafe_b64encode(forged).rstrip(b"=").decode())
