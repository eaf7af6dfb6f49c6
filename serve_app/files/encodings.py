"""From bytes to characters: which encoding a source has, told by its bytes.

A mark at the beginning decides; without one it is UTF-8, unless its first bytes beyond ASCII
say otherwise: then windows-1252, the habit of Excel and Notepad (mac-roman on a Macintosh), with a
note. Automatic
detection among all code pages is not used: charset-normalizer 3.5 takes "Très heureux" for
Baltic cp1257 and German for cp1250, which spoils letters in silence.
"""

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

from serve_app.files.rows import NO_CHARACTER, ReadOptions, UnreadableSource

_BLOCK_BYTES = 2**16

#: The name of our error handler among those of :mod:`codecs`, which all of a process share.
_AS_SURROGATES = "postlens_as_surrogates"

#: The longer marks first: UTF-32's begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

#: What no Western word has inside, a sign or a capital: a letter of another code page.
_OTHER_LETTER = re.compile(
    r"[A-Za-z][\xa1-\xb3\xb5\xb6\xb8-\xbf][a-z]|[a-z][À-ÖØ-ÞŠŒŽŸ](?![A-ZÀ-ÖØ-ÞŠŒŽŸ])"
)
#: More letters beyond ASCII than this, and it is no Western language (French has 0.05 to 0.2).
_WESTERN_SHARE = 0.4


def decoded(source: BinaryIO, reading: ReadOptions, default: str | None = None) -> Iterator[str]:
    """The characters of ``source``, block by block.

    A byte that is none in its encoding becomes a lone surrogate, so that the row it stands in
    can be refused and no other.

    Args:
        source: at its beginning.
        reading: may name the encoding, and is told of a guess.
        default: what it is unless a mark or ``reading`` says otherwise; None is to be guessed.

    Raises:
        UnreadableSource: it is in no encoding that can be told.
    """
    blocks = _blocks(source)
    head = next(blocks, b"")
    mark, marked = _mark(head)
    name = marked or reading.encoding or _unmarked_utf16(head[:1_000]) or default
    decoder = _decoder(name) if name else None
    head = head.removeprefix(mark)
    for block in _with_head(head, blocks):
        if decoder is None and not block.isascii():
            block = _with_whole_end(block, blocks)
            decoder = _decoder(_guess(block, reading))
        yield decoder.decode(block) if decoder else block.decode("ascii")
    if decoder:
        yield decoder.decode(b"", final=True)


def _blocks(source: BinaryIO) -> Iterator[bytes]:
    """Blocks as they arrive; the first has at least the four bytes of a mark, if there are."""
    read = getattr(source, "read1", source.read)
    head = b""
    while len(head) < 4 and (block := read(_BLOCK_BYTES)):
        head += block
    yield head
    while block := read(_BLOCK_BYTES):
        yield block


def _with_head(head: bytes, blocks: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from blocks


def _mark(head: bytes) -> tuple[bytes, str | None]:
    for mark, name in _MARKS:
        if head.startswith(mark):
            return mark, name
    return b"", None


def _unmarked_utf16(head: bytes) -> str | None:
    """UTF-16 without its mark: every other byte of Latin text is zero."""
    zeros = (head[0::2].count(0), head[1::2].count(0))
    if len(head) < 4 or max(zeros) < len(head) // 4 or min(zeros) > len(head) // 40:
        return None
    return "utf-16-le" if zeros[1] > zeros[0] else "utf-16-be"


def _as_surrogates(error: UnicodeError) -> tuple[str, int]:
    """An error handler of :mod:`codecs`: what is no character becomes lone surrogates."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    if error.encoding.startswith(("utf-16", "utf-32")):
        return NO_CHARACTER, error.end
    damaged = error.object[error.start : error.end]
    return "".join(chr(0xDC00 + b) if b > 0x7F else NO_CHARACTER for b in damaged), error.end


codecs.register_error(_AS_SURROGATES, _as_surrogates)


def _decoder(encoding: str) -> codecs.IncrementalDecoder:
    try:
        "".encode(encoding)  # lookup alone knows such as "zip", too
        return codecs.getincrementaldecoder(encoding)(_AS_SURROGATES)
    except LookupError:
        raise UnreadableSource(
            f"'{encoding}' is no encoding; write such as utf-8, windows-1252 or shift_jis."
        ) from None


def _with_whole_end(block: bytes, blocks: Iterator[bytes]) -> bytes:
    """The block, and as many more as it takes to end with a whole character."""
    while not block[-3:].isascii() and (following := next(blocks, b"")):
        block += following
    return block


def _guess(block: bytes, reading: ReadOptions) -> str:
    if _looks_like_utf8(block):
        return "utf-8"
    # Lines that end with "\r" alone are those of "CSV (Macintosh)" in Excel.
    encoding = "mac-roman" if b"\r" in block and b"\n" not in block else "windows-1252"
    if not _looks_western(block.decode(encoding, "replace")):
        raise UnreadableSource(
            f"The characters are neither UTF-8 nor {encoding}: save the file as UTF-8, or name "
            f"its encoding with {reading.option('encoding')}."
        )
    option = reading.option("encoding")
    reading.on_note(f"The file is not UTF-8; it is read as {encoding} ({option} names another).")
    return encoding


def _looks_western(text: str) -> bool:
    damaged = "\ufffd" in text or _OTHER_LETTER.search(text)
    return not damaged and _share_beyond_ascii(text) <= _WESTERN_SHARE


def _looks_like_utf8(block: bytes) -> bool:
    """Whether it has more characters of UTF-8 than bytes that are none: some may be damaged."""
    text = block.decode("utf-8", "surrogateescape")
    beyond_ascii = [character for character in text if character > "\x7f"]
    damaged = sum("\udc80" <= character <= "\udcff" for character in beyond_ascii)
    return damaged == 0 or damaged < len(beyond_ascii) - damaged


def _share_beyond_ascii(text: str) -> float:
    letters = [character for character in text if character.isalpha()]
    return sum(not character.isascii() for character in letters) / max(len(letters), 1)
