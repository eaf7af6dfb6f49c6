"""What is exported is imported again with equal fields, and is safe in a spreadsheet."""

import csv
import io
import uuid
import zlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serve_app.errors import InvalidRequest
from serve_app.files.post_columns import POST_COLUMNS
from serve_app.files.rows import Format
from serve_app.posts.content import PostContent, validate_content
from serve_app.posts.exporting import Gzipped, PostEncoder, PostLines, PostTable, exported
from serve_app.posts.post import Post
from serve_app.posts.row_reader import ImportOptions, ReadRow, RowReader
from serve_app.posts.stored_analysis import encode_analysis

NOW = datetime(2026, 5, 31, 12, tzinfo=UTC)
ANALYSIS = {
    "digest": "0" * 64,
    "language": {"code": "en", "confidence": 0.9},
    "sentiment": {"status": "ok", "label": "positive", "mixed": False,
                  "scores": {"positive": 0.8, "neutral": 0.1, "negative": 0.1}},
    "signals": {"hashtags": [{"text": "=1", "start": 0, "end": 2}]},
}  # fmt: skip


def post_of(content: PostContent, **changes: Any) -> Post:
    """A kept post with this content."""
    post = Post(
        id=uuid.uuid4(), content=content, created_at=NOW, updated_at=NOW, version=1, revision=1,
        revised_at=NOW, state="pending", failure=None, attempts=0, digest="0" * 64,
        encoded_analysis=None,
    )  # fmt: skip
    return replace(post, **changes)


async def encoded(posts: Iterable[Post], encoder: PostEncoder) -> bytes:
    async def each() -> AsyncIterator[Post]:
        for post in posts:
            yield post

    return b"".join([piece async for piece in exported(each(), encoder)])


def read(content: bytes, format: Format, **choices: Any) -> list[ReadRow]:
    options = ImportOptions(format, **choices)
    reader = RowReader(lambda: io.BufferedReader(io.BytesIO(content)), options)
    rows = []
    while batch := reader.next_batch():
        rows += batch
    assert reader.failure is None
    assert reader.notes == []
    return rows


def _valid(fields: dict[str, Any]) -> PostContent | None:
    try:
        return validate_content(fields)
    except InvalidRequest:
        return None


characters = st.characters(codec="utf-8", exclude_characters="\0")
texts = st.text(st.sampled_from("'\"=+-@\t\r\n,;|\\ aé😀[{") | characters, min_size=1, max_size=30)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e9, 1e9) | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=4,
)
contents = (
    st.fixed_dictionaries(
        {
            "text": texts,
            "published_at": st.datetimes(datetime(1990, 1, 2), datetime(2026, 1, 1)).map(
                lambda moment: moment.isoformat()
            ),
        },
        optional={
            "external_id": texts,
            "author": texts,
            "url": texts.map(lambda text: f"https://{text}"),
            "language": st.sampled_from(("en", "de")),
            "tags": st.lists(texts.map(str.strip), max_size=3),
            "metadata": st.dictionaries(texts, values, max_size=3),
        },
    )
    .map(_valid)
    .filter(lambda content: content is not None)
)


@pytest.mark.parametrize("encoder, format", [(PostLines, "jsonl"), (PostTable, "csv")])
@given(posts=st.lists(contents, max_size=3))
async def test_what_is_written_is_read_again(
    posts: list[PostContent], encoder: type[PostEncoder], format: Format
) -> None:
    content = await encoded(map(post_of, posts), encoder())
    again = read(content, format, without_id="new")
    assert [row.problem for row in again] == [None] * len(posts)
    assert [row.content for row in again] == posts


async def test_a_table_shows_a_post_and_its_analysis() -> None:
    content = PostContent("=1+1", author="@anna", tags=("a", "b;c"), metadata={"n": 1})
    posts = [
        post_of(content, state="analysed", encoded_analysis=encode_analysis(ANALYSIS)),
        post_of(content, state="failed", failure="It was too much."),
    ]
    table = (await encoded(posts, PostTable())).decode("utf-8-sig")
    first, second = csv.DictReader(io.StringIO(table))
    assert tuple(first) == POST_COLUMNS
    assert first["text"] == "'=1+1"
    assert first["author"] == "'@anna"
    assert first["hashtags"] == "'=1"
    assert first["tags"] == '["a","b;c"]'
    assert first["metadata"] == '{"n":1}'
    assert first["published_at"] == first["created_at"] == "2026-05-31T12:00:00.000000Z"
    assert (first["sentiment"], first["positive"]) == ("positive", "0.8")
    assert (first["detected_language"], first["language"]) == ("en", "")
    assert (second["state"], second["failure"]) == ("failed", "It was too much.")


async def test_lines_are_the_posts_of_the_api() -> None:
    post = post_of(PostContent("a"), encoded_analysis=encode_analysis(ANALYSIS))
    lines = await encoded([post, post], PostLines())
    assert [orjson.loads(line) for line in lines.splitlines()] == [post.as_dict()] * 2


@pytest.mark.parametrize("encoder", [PostLines, PostTable])
async def test_packed_it_is_the_same(encoder: type[PostEncoder]) -> None:
    posts = [post_of(PostContent(f"text {number}")) for number in range(250)]
    plain = await encoded(posts, encoder())
    packed = await encoded(posts, Gzipped(encoder()))
    assert zlib.decompress(packed, wbits=31) == plain
    assert len(packed) < len(plain) / 5


@pytest.mark.parametrize("encoder", [PostLines, PostTable])
async def test_no_posts_are_a_file_too(encoder: type[PostEncoder]) -> None:
    content = await encoded([], encoder())
    assert content == encoder().begin()
    assert read(content, "csv" if encoder is PostTable else "jsonl") == []


async def test_only_some_posts_are_in_memory_at_a_time() -> None:
    taken = 0

    async def endless() -> AsyncIterator[Post]:
        nonlocal taken
        while True:
            taken += 1
            yield post_of(PostContent("a"))

    pieces = exported(endless(), PostLines())
    for _ in range(3):
        await anext(pieces)
    assert taken <= 300
    await pieces.aclose()
