"""JSON files as people have them: lines, arrays, exports; strict where loss would be silent."""

import io
import json
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serve_app.files.formats import read_rows
from serve_app.files.rows import (
    ROW_LIMIT_CHARACTERS,
    Format,
    InputRow,
    ReadOptions,
    UnreadableSource,
)
from tests.unit.reading_files import Read


def test_rows_keep_ids_of_every_type_and_blank_lines_are_none() -> None:
    content = (
        b'\xef\xbb\xbf{"id": 7, "text": "a"}\n\n{"text": "b", "more": 1}\r\n{"id":"x","text":"c"}'
    )
    assert Read(content, "jsonl").rows == [
        InputRow(1, 7, "a"),
        InputRow(3, None, "b"),
        InputRow(4, "x", "c"),
    ]


@pytest.mark.parametrize(
    "line, reason",
    [
        (b'{"text": "a"', "not JSON"),
        (b'["a"]', "no object"),
        (b'{"txt": "a"}', "'text' is missing"),
        (b'{"text": 5}', "not a string"),
        (b'{"text": "\xff"}', "Character 11 of the row is the byte 0xff, which is not UTF-8"),
        (b'{"text": "\\ud83d"}', "half a surrogate pair"),
        (b'{"id": "\\ud83d", "text": "a"}', "half a surrogate pair"),
        (b'{"text": "a", "text": "b"}', "'text' stands twice"),
        (b'{"text": "a", "by": {"k": 1, "k": 2}}', "'k' stands twice"),
        (b'{"id": NaN, "text": "a"}', "NaN is no JSON value"),
        (b'{"id": {"n": [1.10]}, "text": "a"}', "1.10 is no exact number"),
        (b'{"id": 1.10, "text": "a"}', "1.10 is no exact number"),
        (b'{"id": 0.12345678901234567890, "text": "a"}', "no exact number"),
        (b'{"id": 1e400, "text": "a"}', "no exact number"),
        (b'{"id": ' + b"9" * 5_000 + b', "text": "a"}', "not JSON"),
        (b'{"text": ' + b"[" * 100_000, "nested too deeply"),
        (b'{"text": "' + b"x" * ROW_LIMIT_CHARACTERS + b'"}', "longer than"),
    ],
)
@pytest.mark.parametrize("format", ["jsonl", "json"])
def test_a_bad_row_is_named_and_the_next_one_is_read(
    line: bytes, reason: str, format: Format
) -> None:
    if format == "json" and (line.startswith(b'{"text": [') or line.endswith(b'"a"')):
        return  # without its end it takes the rest of an array along
    content = line + b'\n{"text": "good"}\n'
    if format == "json":
        content = b"[\n" + content.replace(b"\n", b",\n", 1) + b"]\n"
    bad, good = Read(content, format).rows
    assert bad.text is None
    assert reason in (bad.reason or "")
    assert (good.line - bad.line, good.text) == (1, "good")


def test_a_bad_row_keeps_the_id_that_it_has() -> None:
    [bad] = Read(b'{"id": "x", "text": null}', "jsonl").rows
    assert bad.id == "x"


def test_whole_numbers_of_any_size_are_exact() -> None:
    big = 2**64 + 1
    assert Read(f'{{"id": {big}, "text": "a"}}'.encode(), "jsonl").rows[0].id == big
    assert Read(b'{"id": 2.5, "text": "a"}', "jsonl").rows[0].id == 2.5
    assert Read(b'{"_id": {"$oid": "5f"}, "text": "a"}', "jsonl").rows[0].id == {"$oid": "5f"}


def test_lines_may_be_utf16_with_its_mark() -> None:
    assert Read('{"text": "größer"}\n'.encode("utf-16"), "jsonl").texts == ["größer"]


def test_usual_members_are_known_and_said_once() -> None:
    done = Read(b'{"Content": "a", "post_id": 3}\n{"Content": "b"}\n{"text": "c"}\n', "jsonl")
    assert done.posts == [(3, "a"), (None, "b"), (None, "c")]
    assert done.notes == ["Posts are read from the member 'Content'; --text-column names another."]


def test_named_members_may_lie_deeper() -> None:
    content = b'{"a": {"b": {"words": "hi"}, "key": 4}, "text": "other"}\n{"a": 5}\n'
    done = Read(content, "jsonl", text_column="a.b.words", id_column="a.key")
    assert done.posts == [(4, "hi"), (None, None)]
    assert "'a.b.words' is missing" in done.reasons[2]
    lists = b'{"data": [{"post": "one"}, {"post": "two"}]}\n{"data": []}\n'
    assert Read(lists, "jsonl", text_column="data.1.post").posts == [(None, "two"), (None, None)]


# Arrays


def test_an_array_of_objects() -> None:
    content = b'[\n {"id": 1, "text": "a ] } \\" ["},\n {"id": 2,\n  "text": "b"}\n]\n'
    assert Read(content, "json").rows == [InputRow(2, 1, 'a ] } " ['), InputRow(3, 2, "b")]
    assert Read(b"[]", "json").rows == []


def test_an_object_around_the_array() -> None:
    content = (
        b'{"at": "x", "tags": ["q"], "n": {"m": [1]},'
        b' "posts": [{"text": "a"}, {"text": "b"}], "z": 1}'
    )
    assert Read(content, "json").texts == ["a", "b"]


def test_posts_inside_an_object_each() -> None:
    archive = (
        b'window.YTD.tweets.part0 = [ {"tweet": {"id_str": "5", "full_text": "hi",'
        b' "entities": {"urls": [{"url": "x"}]}}} ];\n'
    )
    assert Read(archive, "json").posts == [("5", "hi")]
    outbox = (
        b'{"@context": "c", "orderedItems": [{"id": "act", "object": {"id": "o", "content": "yo"}},'
        b' {"id": "boost", "object": "https://example.com/1"}]}'
    )
    done = Read(outbox, "json")
    assert done.posts == [("o", "yo"), ("boost", None)]


def test_objects_one_after_another() -> None:
    content = b'{"id": 1, "text": "a", "media": [{"u": 1}]}\n{\n "id": 2, "text": "b"\n}\n'
    assert Read(content, "json").posts == [(1, "a"), (2, "b")]


@pytest.mark.parametrize(
    "content, texts, reason",
    [
        (b'[{"text": "a"}, {"text": "b"', ["a"], "not JSON"),
        (b'[{"text": "a"}, ', ["a"], "ends before its last bracket"),
        (b'{"p": [{"text": "a"}', ["a"], "ends before its last bracket"),
        (b'[{"text": "a"}]\n[{"text": "b"}]', ["a"], "More follows after the end"),
        (b'[{"text": "a"}] x', ["a"], "More follows after the end"),
        (b'[{"text": "a"}, "b", 5]', ["a"], "no object"),
        (b'{"posts": [null, {"text": "a"}]}', [], "'text' is missing"),
        (b'{"text": "a"} "b" {"text": "c"}', ["a"], "not JSON"),
    ],
)
def test_nothing_around_the_elements_is_lost(content: bytes, texts: list[str], reason: str) -> None:
    done = Read(content, "json")
    assert done.texts == texts
    assert any(reason in why for why in (row.reason or "" for row in done.rows))


@pytest.mark.parametrize(
    "content, message",
    [
        (b'{"a": [{"text": "x"}], "b": [{"text": "y"}]}', "several arrays of objects: a, b"),
        (b"text,id\n", "no JSON array"),
        (b"", "no JSON array"),
    ],
)
def test_a_file_without_one_array_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(UnreadableSource, match=message):
        Read(content, "json")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text('ab[{,"\\', max_size=3), inner)
    ),
    max_leaves=6,
)


@given(
    posts=st.lists(
        st.tuples(st.text(st.characters(exclude_categories=["Cs"])), VALUES), min_size=1
    ),
    indent=st.sampled_from([None, 1]),
    inside=st.booleans(),
)
@settings(max_examples=100, deadline=None)
def test_every_text_survives(
    posts: list[tuple[str, object]], indent: int | None, inside: bool
) -> None:
    items = [{"extra": extra, "text": text} for text, extra in posts]
    whole = {"n": 1, "items": items} if inside else items
    content = json.dumps(whole, indent=indent, ensure_ascii=False).encode()
    assert Read(content, "json").texts == [text for text, _ in posts]
    as_lines = "".join(json.dumps(item) + "\n" for item in items).encode()
    assert Read(as_lines, "jsonl").texts == [text for text, _ in posts]
    assert Read(as_lines, "json").texts == [text for text, _ in posts]


def test_a_large_array_is_never_in_memory() -> None:
    content = json.dumps([{"text": "word " * 4_000}] * 1_000).encode()
    tracemalloc.start()
    count = sum(1 for _ in read_rows(io.BytesIO(content), ReadOptions("json")))
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 1_000
    assert peak_bytes < 8 * 2**20  # of 20 MB
