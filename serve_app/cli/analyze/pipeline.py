"""From posts in a file to answers in a file: what ``postlens analyze`` does.

Streams: a chunk of rows is in memory at a time, whatever the size of the input. The
analyses are a function from texts to JSON items, so that a running service and the
analyzers in this process do equally. Knows neither of them, and no terminal.
"""

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from serve_app.cli.analyze.output_file import OutputFile, OutputTotals
from serve_app.files.formats import ENDINGS, ending_of, format_of, read_rows
from serve_app.files.rows import (
    Format,
    InputRow,
    InputRows,
    ReadOptions,
    UnreadableSource,
)

#: Texts to as many items of ``POST /v1/analyze/batch``, in order.
AnalyzeTexts = Callable[[Sequence[str]], list[dict[str, Any]]]

#: The one ``type`` of error that the service does not know: it never sees such a row.
UNREADABLE_ROW = "/problems/unreadable-row"

#: After each chunk the rows are on the disk: what an interruption can cost.
CHUNK_ROWS = 32
CHUNK_CHARACTERS = 100_000


@dataclass(frozen=True, slots=True)
class PostSource:
    """Where posts come from.

    Attributes:
        stream: its bytes, at their beginning.
        reading: how it is read.
        rereadable: whether it has a beginning to go back to; standard input has not.
        size_bytes: of the whole, where it is known.
    """

    stream: BinaryIO
    reading: ReadOptions
    rereadable: bool = True
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class FileProgress:
    """How far the work is: rows answered, by earlier runs too, and bytes of the source read."""

    rows: int
    read_bytes: int


def open_source(
    argument: str, format: Format | None, stdin: BinaryIO, **choices: Any
) -> PostSource:
    """What the command line's IN means: ``-``, a file, or the text itself.

    Args:
        argument: IN.
        format: how it is read; None is to be told from its ending.
        stdin: standard input.
        choices: the other attributes of :class:`ReadOptions`.

    Raises:
        UnreadableSource: it names a file that is not there or of no known format.
    """
    if argument == "-":
        return PostSource(stdin, ReadOptions(format or "txt", **choices), rereadable=False)
    if not _names_a_file(argument):
        content = argument.encode("utf-8", "surrogateescape")
        return PostSource(io.BytesIO(content), ReadOptions("txt"), size_bytes=len(content))
    path = Path(argument)
    if not path.is_file():
        what = "a folder" if path.is_dir() else "not there"
        raise UnreadableSource(f"'{path}' is {what}; name a file such as posts.csv or posts.jsonl.")
    reading = ReadOptions(format or format_of(path), **choices)
    return PostSource(path.open("rb"), reading, size_bytes=path.stat().st_size)


def analyze_file(
    source: PostSource,
    analyze: AnalyzeTexts,
    out: OutputFile,
    *,
    on_start: Callable[[int, bool], None],
    on_progress: Callable[[FileProgress], None],
) -> OutputTotals:
    """Answer every row of ``source`` into ``out``, or what an earlier run has left of them.

    Args:
        source: see :func:`open_source`.
        analyze: gives the items.
        out: entered, not yet written.
        on_start: called with the rows an earlier run had done, and whether such a run's rows
            had to be thrown away because input or options are not the same.
        on_progress: called after each chunk.

    Raises:
        UnreadableSource: there are no rows to read in it.
    """
    remaining, discarded = _remaining(source, out)
    on_start(out.totals.rows, discarded)
    for chunk in chunks(remaining):
        out.append(chunk, answers(chunk, analyze))
        read_bytes = source.stream.tell() if source.rereadable else 0
        on_progress(FileProgress(out.totals.rows, read_bytes))
    out.finish()
    return out.totals


def _remaining(source: PostSource, out: OutputFile) -> tuple[InputRows, bool]:
    remaining = read_rows(source.stream, source.reading)
    if source.rereadable and out.resume(remaining):
        return remaining, False
    remaining.close()
    if source.rereadable:
        source.stream.seek(0)
    return read_rows(source.stream, source.reading), out.restart()


def chunks(source: Iterable[InputRow]) -> Iterator[list[InputRow]]:
    """The rows in order, in pieces bounded by rows and by characters."""
    chunk: list[InputRow] = []
    characters = 0
    for row in source:
        chunk.append(row)
        characters += len(row.text or "")
        if len(chunk) == CHUNK_ROWS or characters >= CHUNK_CHARACTERS:
            yield chunk
            chunk, characters = [], 0
    if chunk:
        yield chunk


def answers(chunk: Sequence[InputRow], analyze: AnalyzeTexts) -> list[dict[str, Any]]:
    """One line of output for each row: the answer, or what is wrong, with the row's line and id."""
    texts = [row.text for row in chunk if row.text is not None]
    items = iter(analyze(texts) if texts else ())
    return [_line(row, _unreadable(row) if row.text is None else next(items)) for row in chunk]


def _line(row: InputRow, item: dict[str, Any]) -> dict[str, Any]:
    place = {"line": row.line, "id": row.id}
    if "result" in item:
        return {**place, **item["result"], **place}  # first in order, and over the answer's own id
    return {**place, "error": item["error"]}


def _unreadable(row: InputRow) -> dict[str, Any]:
    title, fix = "The row cannot be read", "Correct the row and run the command again."
    error = {"type": UNREADABLE_ROW, "title": title, "detail": row.reason, "fix": fix}
    return {"error": error}


def _names_a_file(argument: str) -> bool:
    if "\n" in argument or len(argument) > 1_000:
        return False
    # "posts.csv" that is not there is a slip, not a post of one word.
    return Path(argument).exists() or (ending_of(argument) in ENDINGS and " " not in argument)
