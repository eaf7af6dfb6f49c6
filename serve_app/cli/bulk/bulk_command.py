"""What ``postlens bulk`` shows and how it ends, around :mod:`serve_app.bulk.pipeline`.

Exit codes: 0 all rows answered, 1 some not, or Ray gave up or did not start, 130 interrupted.
"""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from serve_app.bulk.errors import BulkRefused
from serve_app.bulk.input_files import InputFiles, find_input_files
from serve_app.bulk.job import BulkJob
from serve_app.bulk.locations import Location, reaching
from serve_app.bulk.output_folder import OutputFolder
from serve_app.bulk.part import BulkPart
from serve_app.bulk.pipeline import Machines, run_job
from serve_app.bulk.totals import BulkTotals
from serve_app.in_process import model_versions

EXIT_FAILED = 1
EXIT_INTERRUPTED = 130


def run(job: BulkJob, machines: Machines, *, as_json: bool) -> int:
    """Do the job; the exit code.

    Raises:
        BulkRefused: it cannot be run so.
        BulkStopped: Ray gave up; what is done is kept.
    """
    console = Console(stderr=True)
    try:
        with reaching(job.source):
            files = find_input_files(job.source)
        job = replace(_located(job), versions=model_versions(job.analyses))
        with reaching(job.source):  # for the sizes of files
            display = BulkDisplay(job, files, console)
    except KeyboardInterrupt:
        console.print("Interrupted before anything was analysed.")
        return EXIT_INTERRUPTED
    try:
        with display.bar:
            totals = run_job(job, files, machines, on_begin=display.begin, on_part=display.update)
    except KeyboardInterrupt:
        display.interrupted()
        return EXIT_INTERRUPTED
    report = display.report(totals)
    with reaching(job.output):
        OutputFolder(job).end(report)
    if as_json:
        print(orjson.dumps(report, option=orjson.OPT_INDENT_2).decode())
    else:
        display.end(totals)
    return 0 if totals.all_answered else EXIT_FAILED


def _located(job: BulkJob) -> BulkJob:
    """The job with URLs that mean the same to processes in other folders.

    Raises:
        BulkRefused: one of the two lies within the other.
    """
    source, output = Location.of(job.source), Location.of(job.output)
    if source.within(output) or output.within(source):
        raise BulkRefused("IN and OUT lie within each other; name another folder for the output.")
    return replace(job, source=source.address, output=output.address)


class BulkDisplay:
    """A bar, on a terminal only, and lines at the start and at the end."""

    def __init__(self, job: BulkJob, files: InputFiles, console: Console) -> None:
        self._job = job
        self._files = files
        self._console = console
        self._started = time.monotonic()
        self._new_rows = 0
        self.bar = Progress(
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[posts]:,} posts, {task.fields[rate]:.1f} posts/s"),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self.bar.add_task("", total=files.size_bytes or None, posts=0, rate=0.0)

    def begin(self, finished: Mapping[str, BulkPart]) -> None:
        """An earlier run has finished these parts, perhaps with other models."""
        passed_over = self._files.passed_over
        if passed_over:
            self._print(f"Not read, of no format of posts: {', '.join(passed_over[:5])}"
                        f"{' and others' if passed_over[5:] else ''}.")  # fmt: skip
        versions = self._job.model_versions
        stale = sum(part.versions != versions for part in finished.values())
        if stale:
            self._print(
                f"{stale:,} of {len(finished):,} finished parts were analysed by other models or "
                "another version of PostLens; they are done again."
            )
        elif finished:
            self._print(f"Continuing: {len(finished):,} parts are finished.")

    def update(self, totals: BulkTotals) -> None:
        """One more part is done."""
        self._new_rows = totals.new_rows
        self.bar.update(
            self._task, completed=totals.input_bytes, posts=totals.rows, rate=totals.steady_rate
        )

    def interrupted(self) -> None:
        """Ctrl-C ended it."""
        self._print(
            f"Interrupted after {self._new_rows:,} rows; finished parts are kept in "
            f"{self._job.output}, run the same command again to continue."
        )

    def report(self, totals: BulkTotals) -> dict[str, Any]:
        """The end report for programs.

        ``posts_per_second`` counts all of its time, ``steady_posts_per_second`` is
        :attr:`BulkTotals.steady_rate`.
        """
        elapsed_s = time.monotonic() - self._started
        return {
            **totals.as_dict(),
            "seconds": round(elapsed_s, 1),
            "posts_per_second": round(totals.new_rows / elapsed_s, 1),
            "steady_posts_per_second": round(totals.steady_rate, 1),
            "output": self._job.output,
            "versions": self._job.model_versions,
        }

    def end(self, totals: BulkTotals) -> None:
        """All parts are done."""
        report = self.report(totals)
        for note in totals.notes:
            self._print(note)
        self._print(
            f"{totals.rows:,} rows in {totals.parts:,} files of {self._job.output}, "
            f"{totals.failed:,} refused ({totals.new_rows:,} posts in {report['seconds']:.1f} s, "
            f"{report['posts_per_second']:.1f} posts/s; {report['steady_posts_per_second']:.1f} "
            "once models were loaded)."
        )
        for kind, count in totals.problems.most_common():
            self._print(f"  {count:,} {kind}")
        if totals.earlier_parts:
            self._print(f"{totals.earlier_parts:,} parts were finished before and not done again.")
        if totals.removed_parts:
            self._print(f"{totals.removed_parts:,} parts were of rows that are no longer in IN.")
        if totals.incomplete:
            self._print(f"{totals.incomplete:,} rows lack a section; its status says why.")
        for file, failure in totals.failures.items():
            self._print(f"{file} was not read to its end: {failure}")
        versions = ", ".join(f"{k} {v[:12]}" for k, v in self._job.model_versions.items())
        self._print(f"Versions: {versions}.")

    def _print(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)
