"""What ``postlens jobs results`` and ``failures`` write."""

from itertools import islice
from pathlib import Path

from rich.table import Table

from serve_app.cli.output import console, plain, print_line, say
from serve_app.cli.posts.export_command import format_of
from serve_app.cli.written_file import write_out
from serve_app.client import PostLens

#: The first results of a large job may take a while to find.
_TIMEOUT_S = 300.0


def write(
    job_id: str,
    output: Path | None,
    format: str | None,
    start: int,
    *,
    url: str,
    api_key: str | None,
) -> None:
    """Write the results.

    Raises:
        PostLensError: there is no such job, or the answer broke off.
        OSError: the file cannot be written.
    """
    format = format or format_of(output)
    with PostLens.over_http(url, api_key, timeout_s=_TIMEOUT_S) as postlens:
        write_out(output, postlens.jobs.export(job_id, format=format, start=start))


def list_failures(job_id: str, limit: int, *, as_json: bool, url: str, api_key: str | None) -> None:
    """List the posts that have no answer.

    Raises:
        PostLensError: there is no such job, or the service did not answer.
    """
    with PostLens.over_http(url, api_key) as postlens:
        failures = list(islice(postlens.jobs.failures(job_id), limit or None))
    if as_json:
        for failure in failures:
            print_line(failure)
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("index", justify="right")
    for name in ("id", "why"):
        table.add_column(name)
    for failure in failures:
        why = failure.problem.detail if failure.problem else ""
        table.add_row(f"{failure.index:,}", plain(failure.id or ""), plain(why))
    if failures:
        console().print(table)
    else:
        say("No post has failed.")
