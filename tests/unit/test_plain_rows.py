"""Plain rows of a file: the same posts as rows that are validated field by field."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serve_app.errors import InvalidRequest
from serve_app.files.post_fields import FieldFault, post_fields
from serve_app.files.rows import InputRow
from serve_app.posts.content import PostContent, validate_content
from serve_app.posts.plain_rows import plain_content

_ODD = ("\0", "\ud800", "\u3164", "\x7f", "\u2028", "\n", "a", "é", "🚀", " ", "/", "-", ":")
_STRINGS = st.one_of(
    st.sampled_from(["", "a", "x" * 60, "x" * 61, "x" * 200, "x" * 201, "x" * 20_001]),
    st.lists(st.sampled_from(_ODD), max_size=4).map("".join),
    st.text(max_size=8),
)
_TIMES = st.one_of(
    st.datetimes().map(str),
    st.sampled_from(
        [
            "2024-05-06T07:08:09Z", "2024-05-06 07:08:09 UTC", "2024-05-06", "2024-W05-1",
            "1989-12-31T23:59:59Z", "1990-01-01T00:00:00+00:00", "0001-01-01T00:00:00+14:00",
            "2024-05-06T07:08:09+25:00", " 2024-05-06 ", "2024-05-06T24:00", "20240506",
            "9999-12-31T23:59-10:00",
            1_700_000_000, "1700000000", "05/06/2026", True, None,
        ]
    ),
)  # fmt: skip
_URLS = st.one_of(
    _STRINGS, st.sampled_from(["http://", "https:///", "https://a/", "HTTPS://a", "ftp://a"])
)
_FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "author": st.one_of(_STRINGS, st.integers(), st.just({"username": "anna"})),
        "url": _URLS,
        "published_at": _TIMES,
        "language": st.sampled_from(["en", "en-US", "und", "EN", 1]),
        "tags": st.one_of(_STRINGS, st.lists(st.one_of(_STRINGS, st.none()), max_size=22)),
        "metadata": st.sampled_from([{"a": 1}, '{"a": 1}', []]),
    },
)


def _validated(row: InputRow) -> PostContent | None:
    """The post that the whole validation gives; None where it refuses the row."""
    try:
        return validate_content(post_fields(row))
    except (FieldFault, InvalidRequest):
        return None


@given(
    text=st.one_of(_STRINGS, st.none()),
    id=st.one_of(st.none(), _STRINGS, st.integers(), st.just({"$oid": "1"})),
    fields=_FIELDS,
)
def test_a_plain_row_is_the_post_that_validation_gives(
    text: Any, id: Any, fields: dict[str, Any]
) -> None:
    row = InputRow(1, id, text, fields=fields)
    plain = plain_content(row)
    assert plain is None or plain == _validated(row)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"author": "Zoë", "url": "https://a.example/1", "tags": ["a", "ü", "a"]},
        {"published_at": "2024-05-06T07:08:09.5+02:00"},
        {"published_at": "2024-05-06"},
    ],
)
def test_the_usual_rows_are_plain(fields: dict[str, Any]) -> None:
    row = InputRow(1, "li-1", "Straße 🚀", fields=fields)
    assert plain_content(row) == _validated(row) is not None
