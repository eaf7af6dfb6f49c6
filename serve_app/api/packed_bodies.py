"""Bodies of requests that were sent packed (Content-Encoding), unpacked piece by piece.

A few kilobytes may unpack to gigabytes: no more of them is ever made than a piece beyond the limit.
"""

import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

import zstandard

from serve_app.errors import InvalidRequest
from serve_app.problems import problem, quote

_PIECE_BYTES = 64 * 2**10
#: The largest window a sender may count on (RFC 9659).
_ZSTD_WINDOW_BYTES = 8 * 2**20


class _Unpacker(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


def _read_gzip(packed: io.BytesIO) -> _Unpacker:
    return gzip.GzipFile(fileobj=packed)


def _read_zstd(packed: io.BytesIO) -> _Unpacker:
    decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW_BYTES)
    return decompressor.stream_reader(packed, read_across_frames=True)


_READERS: dict[str, Callable[[io.BytesIO], _Unpacker]] = {
    "gzip": _read_gzip,
    "x-gzip": _read_gzip,
    "zstd": _read_zstd,
}


def check_coding(announced: str) -> None:
    """Return if bodies of this coding are taken.

    Raises:
        InvalidRequest: they are not.
    """
    if announced.lower() not in (*_READERS, "identity"):
        detail = f"The body is announced with Content-Encoding {quote(announced)}."
        fix = "Send the body packed by gzip or zstd, once, or as it is."
        headers = (("Accept-Encoding", "gzip, zstd"),)
        raise InvalidRequest(problem("wrong-media-type", detail, fix=fix, headers=headers))


def unpacked(packed: bytes, announced: str) -> Iterator[bytes]:
    """The pieces of a body, each made when it is asked for.

    Args:
        packed: as it came.
        announced: its coding, one of those that are taken.

    Raises:
        InvalidRequest: it is not of this coding, is damaged, or has no end.
    """
    coding = announced.lower()
    if coding == "identity":
        yield packed
        return
    reader = _READERS[coding](io.BytesIO(packed))
    try:
        while piece := reader.read(_PIECE_BYTES):
            yield piece
    except (OSError, EOFError, zlib.error, zstandard.ZstdError):
        detail = f"The body is announced with Content-Encoding {quote(announced)}, and is no such."
        fix = "Pack the whole body anew, or send it as it is, without the header."
        raise InvalidRequest(problem("not-json", detail, pointer="", fix=fix)) from None
