"""The commands of ``postlens jobs``; each is a few lines around a module.

Nothing heavy is imported here: ``--help`` answers at once.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from serve_app.cli import options
from serve_app.cli.options import Command

_id = click.argument("job_id", metavar="JOB")
_watch = click.option("--watch", is_flag=True, help="Show how far it is, until its end.")
_priority = click.option(
    "--priority",
    type=click.Choice(("low", "normal", "high")),
    default="normal",
    help="Among the jobs of the workspace.",
)


def _sent(command: Command) -> Command:
    """The options of a job that is sent."""
    for option in reversed((_priority, _watch, options.as_json("the job"), options.service)):
        command = option(command)
    return command


@click.group()
def jobs() -> None:
    """Have many posts analysed beside the requests, and fetch what comes of them."""


@jobs.command()
@click.argument("source", metavar="[FILE|URL]", required=False)
@click.option("--kept", is_flag=True, help="Kept posts in place of a file: those that meet all "
                                           "conditions.")  # fmt: skip
@click.option("--format", type=click.Choice(("csv", "ndjson", "json")),
              help="What the file is.  [default: by its ending]")  # fmt: skip
@click.option("--encoding", help="Of the file's characters.  [default: told from them]")
@click.option("--text-column", metavar="NAME", help="Which one holds the posts.")
@click.option("--id-column", metavar="NAME", help="Which one holds your ids.")
@options.analyses
@click.option("--top-n", type=click.IntRange(1, 50), default=10, help="How many keywords.")
@options.filters
@_sent
@options.exits_with_reason
def submit(source: str | None, kept: bool, **choices: Any) -> None:
    """Have the posts of FILE analysed: CSV, lines of JSON or a JSON array, perhaps packed by gzip;
    '-' is standard input. The file at a URL is fetched by the service.

    It ends once the service has all of them, and prints the job's id: the work goes on there.
    """
    from serve_app.cli.jobs import submit_command

    if (source is None) != kept:
        raise click.UsageError("Name a FILE or URL, or --kept for posts that the service keeps.")
    sys.exit(submit_command.submit(source, choices))


@click.command()
@options.filters
@_sent
@options.exits_with_reason
def replay(**choices: Any) -> None:
    """Have kept posts analysed again by the present versions, as a job: those that meet all
    conditions, or all.

    Posts whose analyses are of these versions already are left as they are. What came out
    otherwise is counted by analysis, and shown at the end with --watch.
    """
    from serve_app.cli.jobs import submit_command

    sys.exit(submit_command.replay(choices))


@jobs.command()
@_id
@options.service
@options.exits_with_reason
def watch(job_id: str, url: str, api_key: str | None) -> None:
    """Show how far a job is, until its end. Exit code 1 if posts have failed."""
    from serve_app.cli.jobs import watch_command

    sys.exit(watch_command.run(job_id, url=url, api_key=api_key))


@jobs.command()
@_id
@click.option("--format", type=click.Choice(("ndjson", "csv")),
              help="Lines of JSON or a table.  [default: by FILE's ending; ndjson]")  # fmt: skip
@click.option("--from", "start", default=0, type=click.IntRange(0), metavar="INDEX",
              help="Of the post to begin with.")  # fmt: skip
@options.output
@options.service
@options.exits_with_reason
def results(
    job_id: str, format: str | None, start: int, output: Path | None, url: str, api_key: str | None
) -> None:
    """Write what came of a job's posts, in their order; while it runs, as far as they go."""
    from serve_app.cli.jobs import results_command

    results_command.write(job_id, output, format, start, url=url, api_key=api_key)


@jobs.command()
@_id
@click.option("-n", "--limit", default=20, type=click.IntRange(0), help="0 lists all.")
@options.as_json("a line of JSON for each post")
@options.service
@options.exits_with_reason
def failures(job_id: str, limit: int, as_json: bool, url: str, api_key: str | None) -> None:
    """List the posts of a job that have no answer, and why."""
    from serve_app.cli.jobs import results_command

    results_command.list_failures(job_id, limit, as_json=as_json, url=url, api_key=api_key)


@jobs.command("list")
@click.option("--state", multiple=True,
              type=click.Choice(("waiting", "running", "completed", "cancelled")))  # fmt: skip
@click.option("--kind", multiple=True,
              type=click.Choice(("posts", "file", "url", "filter", "replay")))  # fmt: skip
@click.option("-n", "--limit", default=20, type=click.IntRange(0), help="0 lists all.")
@options.as_json("a line of JSON for each job")
@options.service
@options.exits_with_reason
def list_(
    state: tuple[str, ...], kind: tuple[str, ...], limit: int, as_json: bool, **service: Any
) -> None:
    """List jobs, the newest first."""
    from serve_app.cli.jobs import job_table

    job_table.run(states=state, kinds=kind, limit=limit, as_json=as_json, **service)


def _changing(name: str, help: str) -> Callable[..., Any]:
    @jobs.command(name, help=help)
    @click.argument("job_ids", metavar="JOB...", nargs=-1, required=True)
    @options.as_json("a line of JSON for each job")
    @options.service
    @options.exits_with_reason
    def change(job_ids: tuple[str, ...], as_json: bool, **service: Any) -> None:
        from serve_app.cli.jobs import job_table

        job_table.change(name, job_ids, as_json=as_json, **service)

    return change


cancel = _changing("cancel", "Have nothing more analysed for jobs; what has been is kept.")
retry = _changing("retry", "Have posts of jobs analysed again that have failed.")
delete = _changing("delete", "Delete jobs that have ended, with their results.")
