"""The posts of a job: those to be analysed, those refused, and the lines of those that ended.

What is kept of them is compressed. Knows no database.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import orjson
import zstandard

from serve_app.problems import Problem
from serve_app.request.batch import InvalidPost, encode_lines

_LEVEL = 3
_INDEX = b'{"index":'


@dataclass(frozen=True, slots=True)
class JobItem:
    """A post to be analysed.

    Attributes:
        index: its place among the posts of the job, from 0.
        id: the caller's own, given back; of a kept post its id.
        text: exactly as sent; None is that of the kept post with the ``id``.
    """

    index: int
    id: str | None
    text: str | None


@dataclass(frozen=True, slots=True)
class RefusedItem:
    """A post that cannot be analysed, and why."""

    index: int
    id: str | None
    problem: Problem

    def line(self) -> bytes:
        """As it stands among the results."""
        return encode_lines([self.index], [InvalidPost(self.id, self.problem)], [], request_id=None)


def pack_items(items: Sequence[JobItem]) -> bytes | None:
    """The items compressed; None of none."""
    rows = [[item.index, item.id, item.text] for item in items]
    return _packed(orjson.dumps(rows)) if rows else None


def unpack_items(packed: bytes | None) -> list[JobItem]:
    """What :func:`pack_items` was given."""
    return [JobItem(*row) for row in orjson.loads(_unpacked(packed))] if packed else []


def pack_lines(lines: Iterable[bytes]) -> bytes | None:
    """Lines, each with its end, compressed; None of none."""
    content = b"".join(lines)
    return _packed(content) if content else None


def unpack_lines(packed: bytes | None) -> list[bytes]:
    """What :func:`pack_lines` was given."""
    return _unpacked(packed).splitlines(keepends=True) if packed else []


def index_of(line: bytes) -> int:
    """The index of the post of a line."""
    return int(line[len(_INDEX) : line.index(b",")])


def is_failure(line: bytes) -> bool:
    """Whether a line says why there is no answer."""
    return line.partition(b",")[2].startswith(b'"status":"error"')


def merged_lines(old: Iterable[bytes], new: Iterable[bytes]) -> list[bytes]:
    """The lines in order of their posts, new ones in the place of old ones."""
    by_index = {index_of(line): line for line in (*old, *new)}
    return [by_index[index] for index in sorted(by_index)]


def lines_from(lines: Iterable[bytes], index: int) -> Iterator[bytes]:
    """The lines of the posts from this index on."""
    return (line for line in lines if index_of(line) >= index)


def _packed(content: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=_LEVEL).compress(content)


def _unpacked(content: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompress(content)
