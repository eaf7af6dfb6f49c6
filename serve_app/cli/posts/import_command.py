"""What ``postlens posts import`` shows and how it ends.

Refused rows and progress go to standard error, counts or lines of JSON to standard output. Exit
codes: 0 all rows are kept, 1 some are not, or no service, 130 interrupted.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Self

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from serve_app.cli.options import given
from serve_app.cli.output import print_line, say
from serve_app.cli.posts.workbook_lines import WorkbookLines
from serve_app.client import PostLens, RequestRefused
from serve_app.client.posts.transfer import ImportOptions
from serve_app.files.formats import format_of
from serve_app.files.rows import UnreadableSource

_PARAMETER = re.compile(r"\?(\w+)=")
EXIT_FAILED = 1
EXIT_INTERRUPTED = 130
#: Answers of a large file come while it is written: seconds between two of them at most.
_TIMEOUT_S = 300.0


@dataclass(frozen=True, slots=True)
class ImportChoices:
    """The command line: how the file is read, and where it is sent."""

    options: ImportOptions
    format: str | None
    as_json: bool
    url: str
    api_key: str | None

    @classmethod
    def of(cls, choices: Mapping[str, Any]) -> Self:
        """The choices as click gives them."""
        others = {name: choices[name] for name in ("format", "as_json", "url", "api_key")}
        options: Any = given({n: value for n, value in choices.items() if n not in others})
        return cls(options=options, **others)


def run(source: str, choices: ImportChoices) -> int:
    """Import the file; the exit code.

    Raises:
        UnreadableSource: it is not there, or in no known form.
        click.ClickException: the service refused the file.
        PostLensError: it did not answer.
    """
    path = Path(source)
    if not path.is_file():
        what = "a folder" if path.is_dir() else "not there"
        raise UnreadableSource(f"'{path}' is {what}; name a file such as posts.csv.")
    if (choices.format or format_of(path)) == "xlsx":
        with WorkbookLines(path, choices.options) as lines:
            for note in lines.notes:
                say(note)
            return _import(lines.file, lines.size_bytes, lines.options, choices, lines)
    with path.open("rb") as file:
        return _import(file, path.stat().st_size, choices.options, choices)


def _import(
    file: BinaryIO,
    size_bytes: int,
    options: ImportOptions,
    choices: ImportChoices,
    workbook: WorkbookLines | None = None,
) -> int:
    format = "ndjson" if workbook else choices.format
    report = _Report(choices.as_json, workbook)
    with (
        PostLens.over_http(choices.url, choices.api_key, timeout_s=_TIMEOUT_S) as postlens,
        _progress(size_bytes) as progress,
    ):
        lines = postlens.posts.import_items(file, format=format, on_sent=progress.sent, **options)
        try:
            for line in lines:
                report.add(line)
                progress.done(report.rows)
        except RequestRefused as refused:
            raise click.ClickException(_with_options(str(refused))) from refused
        except KeyboardInterrupt:
            say(f"Interrupted after {report.rows:,} rows, which are kept; the same file again "
                "makes no doubles.")  # fmt: skip
            return EXIT_INTERRUPTED
    return report.finish()


class _Report:
    """What is printed of the answer, line by line."""

    def __init__(self, as_json: bool, workbook: WorkbookLines | None) -> None:
        self._as_json = as_json
        self._workbook = workbook
        self._end: Mapping[str, Any] = {}
        self.rows = 0
        for refused in workbook.refused if workbook else ():
            self._add_row(refused)

    def add(self, line: dict[str, Any]) -> None:
        """One line of the answer."""
        if "row" not in line:
            self._end = line
            return
        self.rows += 1
        if self._workbook:
            line |= self._workbook.place_of(line["row"])
        self._add_row(line)

    def finish(self) -> int:
        """Print the counts; the exit code."""
        end = dict(self._end)
        if self._workbook:
            end["refused"] += len(self._workbook.refused)
        if self._as_json:
            print_line(end)
        else:
            for note in end["notes"]:
                say(note)
            counts = (f"{end[name]:,} {name}" for name in ("imported", "updated", "refused"))
            print(", ".join(counts))
        if "error" in end:
            say(f"The rest was not imported: {_words(end['error'])}")
        return EXIT_FAILED if end["refused"] or "error" in end else 0

    def _add_row(self, line: Mapping[str, Any]) -> None:
        if self._as_json:
            print_line(line)
        elif "error" in line:
            say(f"line {line['line']:,}: {_words(line['error'])}")


def _words(problem: Mapping[str, Any]) -> str:
    return _with_options(f"{problem['detail']} {problem['fix']}")


def _with_options(words: str) -> str:
    """What HTTP calls ``?text_column=``, as the command line does."""
    return _PARAMETER.sub(lambda match: f"--{match[1].replace('_', '-')} ", words)


@dataclass(frozen=True, slots=True)
class _Shown:
    """The bar, which shows bytes that were sent until rows are answered."""

    bar: Progress
    task: Any

    def sent(self, size_bytes: int) -> None:
        self.bar.update(self.task, completed=size_bytes)

    def done(self, rows: int) -> None:
        self.bar.update(self.task, rows=rows)


@contextmanager
def _progress(size_bytes: int) -> Iterator[_Shown]:
    """A bar on a terminal, nothing elsewhere."""
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("sent"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rows]:,} rows kept"),
        console=console,
        disable=not console.is_terminal,
    )
    with bar:
        yield _Shown(bar, bar.add_task("", total=size_bytes, rows=0))
