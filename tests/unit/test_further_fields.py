"""Author, address, time, language, tags and metadata of posts, as exports have them."""

import io
import itertools
import json
from collections.abc import Mapping
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serve_app.files.columns import FURTHER_NAMES, ID_NAMES, TEXT_NAMES
from serve_app.files.formats import read_rows
from serve_app.files.post_columns import POST_COLUMNS
from serve_app.files.post_fields import FieldFault, post_fields, tags_cell
from serve_app.files.rows import Format, FurtherFields, InputRow, ReadOptions, UnreadableSource
from serve_app.files.strict_json import (
    RefusedJson,
    parse_quickly,
    parse_strictly,
    with_floats,
)
from serve_app.files.timestamps import DateOrder


class Table:
    """The rows of some bytes, read with all that a post may have, and the notes said about them."""

    def __init__(
        self,
        content: bytes,
        format: Format,
        columns: Mapping[str, str] | None = None,
        kept: tuple[str, ...] = (),
        **choices: Any,
    ) -> None:
        self.notes: list[str] = []
        further = FurtherFields(columns or {}, kept)
        reading = ReadOptions(
            format, on_note=self.notes.append, further=further, over_http=True, **choices
        )
        self.rows = list(read_rows(io.BufferedReader(io.BytesIO(content)), reading))

    def posts(self, date_order: DateOrder | None = None) -> list[dict[str, Any]]:
        return [post_fields(row, date_order) for row in self.rows]


def one(value: Any, **choices: Any) -> dict[str, Any]:
    """The fields of one object."""
    [post] = Table(json.dumps(value).encode(), "jsonl", **choices).posts()
    return post


# Exports


def test_linkedin_shares() -> None:
    content = (
        b"Date,ShareLink,ShareCommentary,SharedUrl,MediaUrl,Visibility\n"
        b'2024-05-06 07:08:09,https://example.com/s/1,"One""\n""Two",,,MEMBER_NETWORK\n'
    )
    shares = Table(content, "csv")
    assert shares.posts() == [
        {
            "text": "One\nTwo",
            "url": "https://example.com/s/1",
            "published_at": "2024-05-06T07:08:09+00:00",
        }
    ]
    assert "Not kept: SharedUrl, MediaUrl, Visibility; ?keep_column=NAME" in shares.notes[1]


def test_instagram_insights_need_to_be_told_which_number_is_the_month() -> None:
    content = (
        b"Post ID,Account ID,Account username,Account name,Description,Publish time,Permalink\n"
        b"179,2,acme.labs,Acme,Wir wachsen,05/16/2024 09:12,https://example.com/p/1\n"
    )
    insights = Table(content, "csv")
    with pytest.raises(FieldFault, match="which of its numbers is the month") as refused:
        insights.posts()
    assert refused.value.field == "published_at"
    assert "date_order=mdy" in refused.value.fix
    assert insights.posts("mdy") == [
        {
            "text": "Wir wachsen",
            "external_id": "179",
            "author": "acme.labs",
            "url": "https://example.com/p/1",
            "published_at": "2024-05-16T09:12:00+00:00",
        }
    ]


def test_a_table_of_excel_in_german_regions() -> None:
    content = "id;Author;Text;Date;Tags\n1;Ana;Grüße;16.05.2024 09:12;Start; Berlin\n"
    table = Table(content.replace("Start; Berlin", '"Start; Berlin"').encode("cp1252"), "csv")
    assert table.posts("dmy") == [
        {
            "text": "Grüße",
            "external_id": "1",
            "author": "Ana",
            "published_at": "2024-05-16T09:12:00+00:00",
            "tags": ["Start", "Berlin"],
        }
    ]


def test_the_archive_of_x() -> None:
    tweet = {
        "id": "1050118621198921728",
        "id_str": "1050118621198921728",
        "full_text": "We ship",
        "created_at": "Wed Oct 10 20:19:24 +0000 2018",
        "lang": "qme",
        "favorite_count": "7",
    }
    archive = Table(b"window.YTD.tweets.part0 = " + orjson.dumps([{"tweet": tweet}]), "json")
    assert archive.posts() == [
        {
            "text": "We ship",
            "external_id": "1050118621198921728",
            "published_at": "2018-10-10T20:19:24+00:00",
            "language": None,
        }
    ]
    assert any("Not kept: id_str, favorite_count;" in note for note in archive.notes)


def test_people_are_objects_in_many_interfaces() -> None:
    for person in (
        {"user": {"id": 7, "name": "Acme Labs", "screen_name": "acme"}},
        {"account": {"id": "7", "username": "acme", "acct": "acme@example.org"}},
        {"author": {"did": "did:plc:1", "handle": "acme"}},
        {"from": {"name": "acme", "id": "7"}},
    ):
        assert one({"text": "a", **person})["author"] == "acme"
    assert one({"text": "a", "author": {"avatar": None}})["author"] is None
    assert one({"text": "a", "author": 7})["author"] == "7"


def test_mastodon_has_the_post_in_an_object() -> None:
    activity = {
        "type": "Create",
        "published": "2024-01-01T00:00:00Z",
        "object": {
            "id": "https://example.org/1",
            "content": "Hello",
            "published": "2024-05-06T07:08:09Z",
            "url": "https://example.org/@a/1",
        },
    }
    assert one(activity) == {
        "text": "Hello",
        "external_id": "https://example.org/1",
        "published_at": "2024-05-06T07:08:09+00:00",
        "url": "https://example.org/@a/1",
    }


# Choices


def test_columns_may_be_named_or_left_out() -> None:
    content = b"id,text,author,by,link\n1,a,x,Ana,https://e.org\n"
    table = Table(content, "csv", {"author": "By", "url": ""})
    assert table.posts() == [{"text": "a", "external_id": "1", "author": "Ana"}]
    assert "Not kept: author, link;" in table.notes[0]
    assert one({"text": "a", "u": {"n": "Ana"}}, columns={"author": "u.n"})["author"] == "Ana"


def test_a_named_column_that_is_not_there_is_said() -> None:
    with pytest.raises(UnreadableSource, match="no column 'by' for author; the header names: id"):
        Table(b"id,text\n1,a\n", "csv", {"author": "by"})
    table = Table(b'{"text": "a"}\n{"text": "b"}', "jsonl", {"author": "by"}, ("likes",))
    assert table.notes == ["No row has a member by, likes."]


def test_two_columns_with_one_claim_are_refused() -> None:
    with pytest.raises(UnreadableSource, match=r"be the published_at: .*\?published_at_column="):
        Table(b"id,text,Date,date\n1,a,,\n", "csv")
    assert Table(b"id,text,Date,date\n1,a,,\n", "csv", {"published_at": ""}).rows


def test_other_columns_are_kept_under_their_names() -> None:
    content = b'text,Likes,Reach,metadata\na,7,,"{""Likes"": 1, ""x"": 2}"\nb,,9,\n'
    assert Table(content, "csv", kept=("*",)).posts() == [
        {"text": "a", "metadata": {"Likes": 1, "x": 2}},
        {"text": "b", "metadata": {"Reach": "9"}},
    ]
    assert Table(content, "csv", kept=("likes",)).posts()[0]["metadata"] == {"Likes": 1, "x": 2}
    post = {"text": "a", "n": {"likes": 7}, "id": 1, "rest": [1.5, None]}
    assert one(post, kept=("n.likes",))["metadata"] == {"n.likes": 7}
    assert one(post, kept=("*",))["metadata"] == {"n": {"likes": 7}, "rest": [1.5, None]}


def test_what_is_not_kept_is_said_once() -> None:
    lines = b'{"text": "a", "x": 1}\n{"text": "b", "x": 2}\n{"text": "c", "x": 2, "y": 3}\n'
    notes = Table(lines, "jsonl").notes
    assert [note.partition(";")[0] for note in notes] == ["Not kept: x", "Not kept: y"]
    many = b"\n".join(b'{"text": "a", "m%d": 1}' % number for number in range(1_000))
    assert len(Table(many, "jsonl").notes) == 10


def test_an_export_of_ours_loses_nothing_and_says_nothing() -> None:
    header = ",".join(POST_COLUMNS)
    table = Table(f"{header}\n".encode(), "csv")
    assert table.notes == []
    post = dict.fromkeys(POST_COLUMNS[:14]) | {"text": "a", "external_id": "x", "analysis": None}
    lines = Table(orjson.dumps(post), "jsonl")
    assert lines.notes == []
    assert lines.posts() == [{"text": "a", "external_id": "x"}]


def test_the_callers_own_ids_go_before_others() -> None:
    assert one({"id": 7, "external_id": "x", "text": "a"})["external_id"] == "x"
    assert "external_id" not in one({"id": 7, "external_id": None, "text": "a"})
    assert one({"id": 7, "text": "a"})["external_id"] == "7"
    assert one({"_id": {"$oid": "5f"}, "text": "a"})["external_id"] == "5f"


def test_without_further_fields_none_are_read() -> None:
    rows = read_rows(io.BytesIO(b'{"text": "a", "author": "x"}'), ReadOptions("jsonl"))
    assert list(rows) == [InputRow(1, None, "a")]


# Values


@pytest.mark.parametrize(
    "cell, tags",
    [
        ("a", ["a"]),
        ("a, b ,,c", ["a", "b", "c"]),
        ("Zug, CH; Bern, CH", ["Zug, CH", "Bern, CH"]),
        ("a;b|c", ["a;b", "c"]),
        ('["a;b", "c"]', ["a;b", "c"]),
        (" ; ", []),
    ],
)
def test_tags_of_one_cell(cell: str, tags: list[str]) -> None:
    assert post_fields(InputRow(1, None, "t", fields={"tags": cell}))["tags"] == tags


@given(st.lists(st.text(min_size=1).filter(lambda tag: tag.strip() != ""), max_size=5))
def test_tags_that_were_written_are_read_again(tags: list[str]) -> None:
    cell = tags_cell(tags)
    if cell:
        assert post_fields(InputRow(1, None, "t", fields={"tags": cell}))["tags"] == tags
    else:
        assert tags == []


@pytest.mark.parametrize("field, cell", [("tags", '["a"'), ("metadata", "likes=7")])
def test_a_cell_that_is_no_json_is_refused(field: str, cell: str) -> None:
    with pytest.raises(FieldFault, match="is not a JSON") as refused:
        post_fields(InputRow(1, None, "t", fields={field: cell}))
    assert refused.value.field == field


@pytest.mark.parametrize("told, code", [("en-US", "en"), ("PT_br", "pt"), ("und", None), (7, 7)])
def test_a_language_is_told_with_its_region(told: Any, code: Any) -> None:
    assert one({"text": "a", "lang": told})["language"] == code


def test_numbers_beyond_floats_are_refused_where_they_would_be_kept() -> None:
    content = b'{"text": "a", "metadata": {"n": 1e999}, "author": "\\ud83d"}'
    [row] = Table(content, "jsonl").rows
    assert row.reason
    assert "too large" in row.reason


def test_half_a_character_in_any_field_is_refused() -> None:
    [row] = Table(b'{"text": "a", "metadata": {"n": "\\ud83d"}}', "jsonl").rows
    assert row.reason
    assert "half a surrogate pair" in row.reason


def test_no_name_stands_for_two_fields() -> None:
    names = [TEXT_NAMES, ID_NAMES, *FURTHER_NAMES.values()]
    for one_list, other in itertools.combinations(names, 2):
        assert not set(one_list) & set(other)


# Quick and strict reading


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text('a:\\"u03é', max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(":ab\\", max_size=2), inner)
    ),
    max_leaves=8,
)


@given(json_values, st.booleans())
def test_what_is_read_quickly_is_what_is_written(value: Any, ascii: bool) -> None:
    content = json.dumps(value, ensure_ascii=ascii)
    if (quick := parse_quickly(content)) is not None:
        assert quick == with_floats(parse_strictly(content)) or _has_large_numbers(quick)


def _has_large_numbers(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_large_numbers, value.values()))
    if isinstance(value, list):
        return any(map(_has_large_numbers, value))
    return isinstance(value, float) and abs(value) >= 2**63


@given(st.lists(st.tuples(st.sampled_from("ab"), json_values), min_size=2, max_size=3))
def test_a_member_that_stands_twice_is_never_read_quickly(members: list[tuple[str, Any]]) -> None:
    content = ",".join(f'"{name}": {json.dumps(value)}' for name, value in members)
    content = f"{{{content}}}"
    if len({name for name, _ in members}) < len(members):
        assert parse_quickly(content) is None
        with pytest.raises(RefusedJson):
            parse_strictly(content)
