"""What ``postlens analyze`` shows and how it ends, around :mod:`serve_app.cli.analyze.pipeline`.

Results go to standard output or the output file; messages about them to standard
error. Exit codes: 0 all rows answered, 1 some not or no service, 130 interrupted.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console

from serve_app.cli.analyze.answer_table import print_answer
from serve_app.cli.analyze.output_file import OutputFile
from serve_app.cli.analyze.pipeline import (
    CHUNK_ROWS,
    AnalyzeTexts,
    PostSource,
    analyze_file,
    answers,
    open_source,
)
from serve_app.cli.analyze.progress_display import Notes, ProgressDisplay
from serve_app.client import PostLens
from serve_app.files.formats import read_rows
from serve_app.files.rows import Format

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
    text_column: str | None
    id_column: str | None
    encoding: str | None
    local: bool
    url: str
    api_key: str | None
    retry_for: float
    as_json: bool


def run(options: AnalyzeOptions) -> int:
    """Do what the options say; the exit code.

    Raises:
        UnreadableSource: IN is not there, or in no known form.
        OutputBusy: another run is writing the same output.
        PostLensError: the service refused or did not answer; what is done is kept.
        OSError: the output cannot be written.
    """
    console = Console(stderr=True)
    source = open_source(
        options.source,
        options.format,
        sys.stdin.buffer,
        text_column=options.text_column,
        id_column=options.id_column,
        encoding=options.encoding,
        on_note=Notes(console),
    )
    if options.output is None:
        return _answer_one(source, options, console)
    return _answer_file(source, options.output, options, console)


def _answer_one(source: PostSource, options: AnalyzeOptions, console: Console) -> int:
    row = next(read_rows(source.stream, source.reading))
    with _analyze(options, console) as analyze:
        [answer] = answers([row], analyze)
    if options.as_json:
        option = orjson.OPT_INDENT_2 if sys.stdout.isatty() else 0
        print(orjson.dumps(answer, option=option).decode())
    else:
        print_answer(answer, Console(soft_wrap=not sys.stdout.isatty()))
    return EXIT_FAILED if "error" in answer else 0


def _answer_file(source: PostSource, path: Path, options: AnalyzeOptions, console: Console) -> int:
    identity = {
        "analyses": options.analyses,
        "reading": source.reading.identity,
        "local": options.local,
    }
    with OutputFile(path, identity) as out:
        display = ProgressDisplay(out, source, console)
        try:
            with _analyze(options, console) as analyze, display.bar:
                analyze_file(
                    source, analyze, out, on_start=display.start, on_progress=display.update
                )
        except KeyboardInterrupt:
            display.stop("Interrupted")
            return EXIT_INTERRUPTED
        except Exception:
            display.stop("Stopped")
            raise
    display.finish()
    return EXIT_FAILED if out.totals.failed or out.totals.incomplete else 0


@contextmanager
def _analyze(options: AnalyzeOptions, console: Console) -> Iterator[AnalyzeTexts]:
    if options.local:
        yield _local(options.analyses)
        return
    with patient_client(options.url, options.api_key, options.retry_for, console) as postlens:
        yield partial(
            postlens.items,
            analyses=options.analyses,
            timeout_ms=TIMEOUT_MS,
            batch_posts=BATCH_POSTS,
        )


def patient_client(url: str, api_key: str | None, retry_for_s: float, console: Console) -> PostLens:
    """A client for long work: it waits for a service that is away for a while, and says so."""
    return PostLens.over_http(
        url,
        api_key,
        timeout_s=TIMEOUT_MS / 1000 + 30,
        patience_s=retry_for_s,
        on_outage=lambda words: console.print(words, markup=False, highlight=False, soft_wrap=True),
    )


def _local(names: Sequence[str]) -> Callable[[Sequence[str]], list[dict[str, Any]]]:
    from serve_app.in_process import LocalAnalyses

    return LocalAnalyses(names).items
