"""What ``postlens analyze`` shows and how it ends, around :mod:`serve_app.cli.bulk.pipeline`.

Results go to standard output or the output file; everything said about them to standard
error. Exit codes: 0 all rows answered, 1 some not or no service, 130 interrupted.
"""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from serve_app.cli.bulk.answer_table import show
from serve_app.cli.bulk.output_file import ResultFile
from serve_app.cli.bulk.pipeline import (
    CHUNK_ROWS,
    Analyse,
    Source,
    Step,
    analyze_file,
    answers,
    open_source,
)
from serve_app.cli.bulk.readers import Format, rows
from serve_app.client import PostLens

EXIT_FAILED = 1
EXIT_INTERRUPTED = 130

#: Two such batches make a chunk of a file, so one is always waiting at the service.
BATCH_POSTS = CHUNK_ROWS // 2
#: Nobody looks at a spinner: a batch may wait behind others' rather than lose sections.
TIMEOUT_MS = 120_000


@dataclass(frozen=True, slots=True)
class AnalyzeOptions:
    """The command line of ``postlens analyze``."""

    source: str
    output: Path | None
    analyses: tuple[str, ...]
    format: Format | None
    local: bool
    url: str
    api_key: str | None
    as_json: bool


def run(options: AnalyzeOptions) -> int:
    """Do what the options say; the exit code.

    Raises:
        UnreadableSource: IN is not there, or in no known form.
        OutputBusy: another run is writing the same output.
        PostLensError: the service refused or did not answer; what is done is kept.
        OSError: the output cannot be written.
    """
    source = open_source(options.source, options.format, sys.stdin.buffer)
    if options.output is None:
        return _answer_one(source, options)
    return _answer_file(source, options.output, options)


def _answer_one(source: Source, options: AnalyzeOptions) -> int:
    row = next(rows(source.stream, source.format))
    with _analyse(options) as analyse:
        [answer] = answers([row], analyse)
    if options.as_json:
        option = orjson.OPT_INDENT_2 if sys.stdout.isatty() else 0
        print(orjson.dumps(answer, option=option).decode())
    else:
        show(answer, Console(soft_wrap=not sys.stdout.isatty()))
    return EXIT_FAILED if "error" in answer else 0


def _answer_file(source: Source, path: Path, options: AnalyzeOptions) -> int:
    same = {"analyses": options.analyses, "format": source.format, "local": options.local}
    with ResultFile(path, same) as out:
        told = _Told(out, source)
        try:
            with _analyse(options) as analyse, told.bar:
                analyze_file(source, analyse, out, began=told.began, report=told.report)
        except KeyboardInterrupt:
            told.stopped("Interrupted")
            return EXIT_INTERRUPTED
        except Exception:
            told.stopped("Stopped")
            raise
    told.ended()
    return EXIT_FAILED if out.tally.failed or out.tally.incomplete else 0


@contextmanager
def _analyse(options: AnalyzeOptions) -> Iterator[Analyse]:
    if options.local:
        yield _local(options.analyses)
        return
    timeout_s = TIMEOUT_MS / 1000 + 30
    with PostLens.over_http(options.url, options.api_key, timeout_s=timeout_s) as postlens:
        yield partial(
            postlens.items,
            analyses=options.analyses,
            timeout_ms=TIMEOUT_MS,
            batch_posts=BATCH_POSTS,
        )


def _local(names: Sequence[str]) -> Callable[[Sequence[str]], list[dict[str, Any]]]:
    from serve_app.in_process import LocalAnalyses

    return LocalAnalyses(names).items


class _Told:
    """What the user is told while a file is answered; a bar on a terminal only."""

    def __init__(self, out: ResultFile, source: Source) -> None:
        self._console = Console(stderr=True)
        self._out = out
        self._source = source
        self._rows_before = 0
        self._started = time.monotonic()
        self.bar = Progress(
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[posts]:,} posts, {task.fields[rate]:.1f} posts/s"),
            TimeRemainingColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._task = self.bar.add_task("", total=source.size_bytes, posts=0, rate=0.0)

    def began(self, rows_before: int, discarded: bool) -> None:
        """An earlier run has done so many rows, or its rows were thrown away."""
        self._rows_before, self._started = rows_before, time.monotonic()
        if rows_before:
            self._say(f"Continuing after the {rows_before:,} rows in {self._out.partial}.")
        elif discarded:
            reason = "belongs to another input or other options"
            self._say(f"{self._out.partial} {reason}; starting over.")

    def report(self, step: Step) -> None:
        """A chunk is done."""
        rate = self._rate(step.rows)
        self.bar.update(self._task, completed=step.read_bytes, posts=step.rows, rate=rate)

    def stopped(self, why: str) -> None:
        """The work ended before its end."""
        if not self._out.tally.rows:
            self._say(f"{why} before any row was done.")
            return
        again = "run the same command again to continue"
        if not self._source.rereadable:
            again = "standard input cannot be continued, the same command starts over"
        self._say(f"{why}: {self._out.tally.rows:,} rows are kept in {self._out.partial}; {again}.")

    def ended(self) -> None:
        """All rows are done."""
        tally = self._out.tally
        rate = f"{tally.rows - self._rows_before:,} posts in {self._took_s():.1f} s, "
        rate += f"{self._rate(tally.rows):.1f} posts/s"
        self._say(f"{tally.rows:,} rows in {self._out.path}, {tally.failed:,} failed ({rate}).")
        if tally.incomplete:
            self._say(f"{tally.incomplete:,} rows lack a section; its status says why.")

    def _rate(self, rows_done: int) -> float:
        return (rows_done - self._rows_before) / self._took_s()

    def _took_s(self) -> float:
        return max(time.monotonic() - self._started, 1e-3)

    def _say(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)
