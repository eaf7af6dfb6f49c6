"""Characters cut into lines of bounded length."""

import io
import re
from collections.abc import Iterable, Iterator

from serve_app.files.rows import ROW_LIMIT_CHARACTERS

#: Pieces of lines, each with its end where that is in sight. Unicode's other line ends (U+2028
#: and the like) are characters of a post.
TEXT_LINES = re.compile(r"[^\r\n]*+(?:\r\n|[\r\n])|[^\r\n]++")
JSON_LINES = re.compile(r"[^\n]*+\n|[^\n]++")
_LINE_ENDS = "\r\n"


def lines(chunks: Iterable[str], pattern: re.Pattern[str] = TEXT_LINES) -> Iterator[str | None]:
    """Lines with their ends; None for one longer than a row may be, whose rest is skipped."""
    pieces: list[str] = []
    size = 0
    for piece in _pieces(chunks, pattern):
        if not size and piece[-1] in _LINE_ENDS and len(piece) <= ROW_LIMIT_CHARACTERS:
            yield piece  # as nearly all are
            continue
        size += len(piece)
        pieces.append(piece)
        if size > ROW_LIMIT_CHARACTERS:
            pieces.clear()
        if piece[-1] in _LINE_ENDS:
            yield "".join(pieces) if size <= ROW_LIMIT_CHARACTERS else None
            pieces.clear()
            size = 0
    if size:
        yield "".join(pieces) if size <= ROW_LIMIT_CHARACTERS else None


def _pieces(chunks: Iterable[str], pattern: re.Pattern[str]) -> Iterator[str]:
    # It keeps back a "\r" at the end of a chunk, whose "\n" may be in the next.
    whole = io.IncrementalNewlineDecoder(None, translate=False)
    for chunk in chunks:
        yield from pattern.findall(whole.decode(chunk))
    yield from pattern.findall(whole.decode("", final=True))
