"""Posts written to a file while they are found: lines of JSON, or a table.

What is written is read again by an import, with equal fields. Encoding is done in a thread, some
posts at a time. Knows no HTTP.
"""

import asyncio
import codecs
import csv
import io
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from typing import Any, Protocol

import orjson

from serve_app.files.csv_columns import analysis_cells
from serve_app.files.post_columns import POST_COLUMNS
from serve_app.files.post_fields import tags_cell
from serve_app.files.spreadsheet_cells import guarded
from serve_app.posts.post import Post
from serve_app.posts.stored_analysis import encode_json

#: Encoded together, and in memory at a time.
_BATCH_POSTS = 100
#: Of gzip: half the time of the default 6 for a tenth more bytes.
_LEVEL = 3


class PostEncoder(Protocol):
    """Makes bytes of posts."""

    def begin(self) -> bytes:
        """What stands before the first post."""
        ...

    def encode(self, posts: Sequence[Post]) -> bytes:
        """The posts."""
        ...

    def end(self) -> bytes:
        """What stands behind the last."""
        ...


async def exported(posts: AsyncIterator[Post], encoder: PostEncoder) -> AsyncGenerator[bytes, None]:
    """The file, in pieces; the first comes once the first posts are there, or there are none."""
    head = encoder.begin()
    async for batch in _batches(posts):
        yield head + await asyncio.to_thread(encoder.encode, batch)
        head = b""
    yield head + encoder.end()


async def _batches(posts: AsyncIterator[Post]) -> AsyncIterator[list[Post]]:
    batch: list[Post] = []
    async for post in posts:
        batch.append(post)
        if len(batch) == _BATCH_POSTS:
            yield batch
            batch = []
    if batch:
        yield batch


class PostLines:
    """An object a line, as the API answers them."""

    def begin(self) -> bytes:
        """See :class:`PostEncoder`."""
        return b""

    def encode(self, posts: Sequence[Post]) -> bytes:
        """See :class:`PostEncoder`."""
        option = orjson.OPT_APPEND_NEWLINE
        return b"".join(encode_json(post.as_dict(), option) for post in posts)

    def end(self) -> bytes:
        """See :class:`PostEncoder`."""
        return b""


class PostTable:
    """A row each with :data:`POST_COLUMNS`, in UTF-8 with a mark, by which Excel knows it."""

    def begin(self) -> bytes:
        """See :class:`PostEncoder`."""
        return codecs.BOM_UTF8 + _lines([POST_COLUMNS])

    def encode(self, posts: Sequence[Post]) -> bytes:
        """See :class:`PostEncoder`."""
        return _lines([_cells(post.as_dict()) for post in posts])

    def end(self) -> bytes:
        """See :class:`PostEncoder`."""
        return b""


class Gzipped:
    """What another encoder makes, packed."""

    def __init__(self, encoder: PostEncoder) -> None:
        self._encoder = encoder
        self._compressor = zlib.compressobj(_LEVEL, wbits=zlib.MAX_WBITS | 16)

    def begin(self) -> bytes:
        """See :class:`PostEncoder`."""
        return self._compressor.compress(self._encoder.begin())

    def encode(self, posts: Sequence[Post]) -> bytes:
        """See :class:`PostEncoder`."""
        return self._compressor.compress(self._encoder.encode(posts))

    def end(self) -> bytes:
        """See :class:`PostEncoder`."""
        return self._compressor.compress(self._encoder.end()) + self._compressor.flush()


def _lines(rows: Sequence[Sequence[Any]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _cells(post: Mapping[str, Any]) -> list[Any]:
    analysis = post["analysis"] or {}
    language = analysis.get("language") or {}
    cells = {
        **{name: post[name] for name in POST_COLUMNS if name in post},
        "tags": tags_cell(post["tags"]),
        "metadata": _json(post["metadata"]),
        "failure": (post["failure"] or {}).get("reason"),
        "detected_language": language.get("code"),
        "language_confidence": language.get("confidence"),
        **(analysis_cells(analysis) if analysis else {}),
    }
    return [guarded(cells.get(name)) for name in POST_COLUMNS]


def _json(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value).decode()
