"""What ``postlens analyze`` says on standard error while it answers a file."""

import time

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from serve_app.cli.analyze import pipeline
from serve_app.cli.analyze.output_file import OutputFile
from serve_app.cli.analyze.pipeline import PostSource


class Notes:
    """Lines on standard error that a person should read; each is said once."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._said: set[str] = set()

    def __call__(self, note: str) -> None:
        """Say it, unless it was said: an interrupted input is read from its beginning again."""
        if note not in self._said:
            self._said.add(note)
            self._console.print(note, markup=False, highlight=False, soft_wrap=True)


class ProgressDisplay:
    """A bar, on a terminal only, and a line at the start and at the end."""

    def __init__(self, out: OutputFile, source: PostSource, console: Console) -> None:
        self._console = console
        self._out = out
        self._source = source
        self._earlier_rows = 0
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

    def start(self, earlier_rows: int, discarded: bool) -> None:
        """An earlier run has done so many rows, or its rows were thrown away."""
        self._earlier_rows, self._started = earlier_rows, time.monotonic()
        if earlier_rows:
            self._print(f"Continuing after the {earlier_rows:,} rows in {self._out.partial}.")
        elif discarded:
            reason = "belongs to another input or other options"
            self._print(f"{self._out.partial} {reason}; starting over.")

    def update(self, progress: pipeline.FileProgress) -> None:
        """A chunk is done."""
        rate = self._rate(progress.rows)
        self.bar.update(self._task, completed=progress.read_bytes, posts=progress.rows, rate=rate)

    def stop(self, reason: str) -> None:
        """The work ended before its end."""
        if not self._out.totals.rows:
            self._print(f"{reason} before any row was done.")
            return
        again = "run the same command again to continue"
        if not self._source.rereadable:
            again = "standard input cannot be continued, the same command starts over"
        self._print(
            f"{reason}: {self._out.totals.rows:,} rows are kept in {self._out.partial}; {again}."
        )

    def finish(self) -> None:
        """All rows are done."""
        totals = self._out.totals
        rate = f"{totals.rows - self._earlier_rows:,} posts in {self._elapsed_s():.1f} s, "
        rate += f"{self._rate(totals.rows):.1f} posts/s"
        self._print(f"{totals.rows:,} rows in {self._out.path}, {totals.failed:,} failed ({rate}).")
        if totals.incomplete:
            self._print(f"{totals.incomplete:,} rows lack a section; its status says why.")

    def _rate(self, rows_done: int) -> float:
        return (rows_done - self._earlier_rows) / self._elapsed_s()

    def _elapsed_s(self) -> float:
        return max(time.monotonic() - self._started, 1e-3)

    def _print(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)
