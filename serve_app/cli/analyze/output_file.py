"""The output file while it is written: durable chunk by chunk, under its name only at the end.

Rows go to ``OUT.partial``. After each chunk ``OUT.progress`` says how many rows are safe,
how many bytes they take and the SHA-256 of the input rows behind them: whatever a crash
left after those bytes is cut off, and a changed input is noticed. Knows no analysis.
"""

import codecs
import csv
import fcntl
import hashlib
import io
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Self

import orjson

from serve_app.files.csv_columns import COLUMNS, csv_row
from serve_app.files.rows import InputRow
from serve_app.files.spreadsheet_cells import guarded


class OutputBusy(Exception):
    """Another process is writing the same output."""


@dataclass(slots=True)
class OutputTotals:
    """What became of the rows so far.

    Attributes:
        rows: all of them.
        failed: those with an error instead of an answer.
        incomplete: those of which an analysis gave no answer (timeout, failed, shed).
    """

    rows: int = 0
    failed: int = 0
    incomplete: int = 0


class OutputFile:
    """An output being written; a context manager.

    Args:
        path: the output's name; ``.csv`` is written as CSV, anything else as JSONL.
        options: what else must be the same for a later run to continue this one.
    """

    def __init__(self, path: Path, options: Mapping[str, Any]) -> None:
        self.path = path
        self.partial = path.with_name(path.name + ".partial")
        self._progress = path.with_name(path.name + ".progress")
        self._options_sha256 = hashlib.sha256(orjson.dumps(dict(options))).hexdigest()
        self._is_csv = path.suffix.lower() == ".csv"
        self._input_checksum = hashlib.sha256()
        self.totals = OutputTotals()

    def __enter__(self) -> Self:
        self._file = self.partial.open("a+b")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise OutputBusy(
                f"Another run is writing {self.partial}; wait for it, or write elsewhere."
            ) from None
        return self

    def __exit__(self, *_: object) -> None:
        if not os.fstat(self._file.fileno()).st_size:
            self.partial.unlink(missing_ok=True)
        self._file.close()

    def resume(self, rows: Iterator[InputRow]) -> bool:
        """Take from ``rows`` those that an earlier run has answered.

        Returns:
            Whether the output now goes on behind them. If not, some of ``rows`` may have
            been taken in vain: call :meth:`restart`, and give :meth:`append` all rows.
        """
        progress = self._read_progress()
        if not progress:
            return False
        for row in islice(rows, progress["totals"]["rows"]):
            row.update(self._input_checksum)
        if self._input_checksum.hexdigest() != progress["input_sha256"]:
            return False
        self._file.truncate(progress["size_bytes"])
        self.totals = OutputTotals(**progress["totals"])
        return True

    def restart(self) -> bool:
        """Begin with an empty output; whether an earlier run's rows were thrown away."""
        had_rows = os.fstat(self._file.fileno()).st_size > 0
        self._file.truncate(0)
        self._progress.unlink(missing_ok=True)
        self._input_checksum = hashlib.sha256()
        self.totals = OutputTotals()
        if self._is_csv:
            self._file.write(codecs.BOM_UTF8)  # by which Excel knows the encoding
            self._file.write(_csv_lines([dict(zip(COLUMNS, COLUMNS, strict=True))]))
        return had_rows

    def append(self, rows: Sequence[InputRow], answers: Sequence[Mapping[str, Any]]) -> None:
        """Add the answers to these rows, and come back when they are on the disk."""
        lines = map(csv_row, answers) if self._is_csv else answers
        self._file.write(_csv_lines(lines) if self._is_csv else _json_lines(lines))
        self._file.flush()
        os.fsync(self._file.fileno())
        for row in rows:
            row.update(self._input_checksum)
        self.totals.rows += len(rows)
        self.totals.failed += sum("error" in answer for answer in answers)
        self.totals.incomplete += sum(map(_incomplete, answers))
        self._write_progress()

    def finish(self) -> None:
        """Give the output its name, at once and complete."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self.partial.replace(self.path)
        self._progress.unlink(missing_ok=True)

    def _write_progress(self) -> None:
        unnamed = self._progress.with_name(self._progress.name + ".new")
        unnamed.write_bytes(orjson.dumps(self._progress_content()))
        unnamed.replace(self._progress)

    def _progress_content(self) -> dict[str, Any]:
        return {
            "options": self._options_sha256,
            "totals": asdict(self.totals),
            "size_bytes": os.fstat(self._file.fileno()).st_size,
            "input_sha256": self._input_checksum.hexdigest(),
        }

    def _read_progress(self) -> dict[str, Any] | None:
        """What an earlier run has written, where this run may continue it."""
        try:
            progress: dict[str, Any] = orjson.loads(self._progress.read_bytes())
        except (FileNotFoundError, orjson.JSONDecodeError):
            return None
        if progress.keys() != self._progress_content().keys():  # another release wrote it
            return None
        size_bytes = os.fstat(self._file.fileno()).st_size
        fits = progress["options"] == self._options_sha256 and progress["size_bytes"] <= size_bytes
        return progress if fits else None


def _incomplete(answer: Mapping[str, Any]) -> bool:
    sections = (part for part in answer.values() if isinstance(part, dict))
    return any(part.get("status") in ("timeout", "failed", "shed") for part in sections)


def _json_lines(answers: Iterable[Mapping[str, Any]]) -> bytes:
    return b"".join(map(_json_line, answers))


def _json_line(answer: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(answer, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:  # an id beyond 64 bits
        return json.dumps(answer, ensure_ascii=False).encode() + b"\n"


def _csv_lines(answers: Iterable[Mapping[str, Any]]) -> bytes:
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, COLUMNS)
    for answer in answers:
        table.writerow({column: guarded(value) for column, value in answer.items()})
    return text.getvalue().encode()
