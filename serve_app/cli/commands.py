"""The command line, ``postlens``; each command is a few lines around a module.

Nothing heavy is imported here: ``--help`` and ``version`` answer at once.
"""

import os
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from serve_app import __version__
from serve_app.cli import options
from serve_app.cli.alerts.commands import alerts
from serve_app.cli.corrections.commands import corrections, rules
from serve_app.cli.jobs.commands import jobs, replay
from serve_app.cli.keys.commands import keys
from serve_app.cli.posts.commands import posts
from serve_app.cli.trends.commands import trends
from serve_app.cli.usage.commands import usage
from serve_app.cli.webhooks.commands import webhooks
from serve_app.cli.workspace.commands import workspace


@click.group(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
def main() -> None:
    """Reads professional posts: sentiment, tone, keywords, entities, readability."""


_GROUPS = (
    posts, jobs, replay, trends, alerts, webhooks, rules, corrections, workspace, keys, usage,
)  # fmt: skip
for group in _GROUPS:
    main.add_command(group)


@main.command()
@click.option("--host", default="127.0.0.1", help="Where HTTP listens.")
@click.option("--port", default=8000, type=click.IntRange(1, 65535))
@click.option("--config", default="local", help="A Serve config file, or the name of ours.")
@click.option("--data-dir", type=click.Path(file_okay=False, path_type=Path), default=None,
              help="Where data and logs lie.  [default: $POSTLENS_DATA_DIR, or postlens in "
                   "the XDG data home]")  # fmt: skip
@click.option("--insecure", is_flag=True,
              help="Where --host is not this machine alone: ask nobody for a key.")  # fmt: skip
def serve(host: str, port: int, config: str, data_dir: Path | None, insecure: bool) -> None:
    """Run the whole service on this machine until Ctrl-C."""
    from serve_app.standalone.errors import StandaloneError
    from serve_app.standalone.server import run

    try:
        run(
            host=host,
            port=port,
            config=config,
            data_dir=data_dir or default_data_dir(),
            insecure=insecure,
        )
    except StandaloneError as error:
        raise click.ClickException(str(error)) from error


@main.command()
@click.argument("source", metavar="IN")
@click.option(
    "-o",
    "--output",
    metavar="OUT",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A .jsonl or .csv file; needed where IN holds many posts.",
)
@options.analyses
@options.reading
@click.option("--local", is_flag=True, help="Analyse in this process, without a service.")
@options.url
@options.api_key
@options.retry_for
@click.option("--json", "as_json", is_flag=True, help="Without OUT: the whole answer as JSON.")
def analyze(**choices: Any) -> None:
    """Analyse IN: a text, '-' for standard input, or a file.

    \b
    .txt               one post, the whole file
    .csv, .tsv         a table with a header; a column named text, content, message,
                       post, tweet, caption or the like holds the posts, id their ids
    .xlsx, .xls, .ods  the first sheet with such a header
    .jsonl, .ndjson    {"text": ..., "id"?: ...} a line
    .json              an array of such objects, or an object that holds one
    .csv.gz and so on  any of these but the sheets, packed

    OUT has a row for each row of IN, in the same order: the answer, or what is wrong with
    the row. It appears when it is complete. Interrupted, the same command continues; with
    standard input it starts over. A row may have 1,048,576 characters, a post 20,000.
    """  # fmt: skip
    from deployments.errors import AnalysisError
    from serve_app.cli.analyze import analyze_command as analyze_command
    from serve_app.cli.analyze.output_file import OutputBusy
    from serve_app.client.errors import PostLensError
    from serve_app.files.rows import UnreadableSource

    try:
        _check_output(choices)
        sys.exit(analyze_command.run(analyze_command.AnalyzeOptions(**choices)))
    except (UnreadableSource, OutputBusy) as error:
        raise click.UsageError(str(error)) from error
    except (PostLensError, AnalysisError, OSError) as error:
        raise click.ClickException(str(error)) from error


def _check_output(choices: Mapping[str, Any]) -> None:
    from serve_app.files.formats import ENDINGS, ending_of

    output = choices["output"]
    if output is None:
        format = choices["format"] or ENDINGS.get(ending_of(choices["source"]))
        if format not in (None, "txt") and " " not in choices["source"]:
            raise click.UsageError(f"{choices['source']} holds many posts; name an output with -o.")
    elif output.suffix.lower() not in (".jsonl", ".csv"):
        raise click.UsageError(f"'{output}' must end with .jsonl or .csv.")
    elif not output.absolute().parent.is_dir():
        raise click.UsageError(f"There is no folder '{output.parent}'; make it first.")
    elif Path(choices["source"]).absolute() == output.absolute():
        raise click.UsageError("IN and OUT are the same file; name another output.")


@main.command()
@click.argument("source", metavar="IN")
@click.argument("output", metavar="OUT")
@options.analyses
@click.option("--text-column", help="Which column or member (a.b: b in a) holds the posts.")
@click.option("--id-column", help="Which holds the ids, of CSV and JSONL.")
@click.option("--encoding", help="Of CSV and JSONL.  [default: told from the characters]")
@click.option(
    "--format",
    type=click.Choice(("parquet", "jsonl", "csv")),
    default="parquet",
    help="Of the files in OUT.",
)
@click.option("--prefix", default="postlens_", help="Before the names of the added columns.")
@click.option(
    "--batch-size",
    "batch_rows",
    default=512,
    type=click.IntRange(1, 100_000),
    metavar="ROWS",
    help="Of a part: what an actor takes, and a file of OUT holds.",
)
@click.option(
    "--address",
    metavar="ADDRESS",
    help="Of a Ray cluster, as HOST:PORT or 'auto'.  [default: this machine]",
)
@click.option(
    "--actors",
    type=click.IntRange(1, 10_000),
    help="Processes that hold the models.  [default: as many as there are CPUs for]",
)
@click.option("--cpus", default=1, type=click.IntRange(1, 1_000), help="Of each actor.")
@click.option("--gpus", default=0.0, type=click.FloatRange(0, 8), help="Of each actor.")
@options.as_json("the end report")
def bulk(as_json: bool, address: str | None, **choices: Any) -> None:
    """Analyse all posts of IN into the folder OUT, on this machine or a Ray cluster.

    IN is a file or a folder of Parquet, JSONL or CSV; IN and OUT are paths, or URLs such as
    s3://bucket/posts. OUT has a file for each part of IN, with the columns of IN and those of the
    answers; a row that cannot be analysed says why in its place. Interrupted or killed, the same
    command continues with the parts that are not done; other models begin again. Needs the
    extra 'bulk'.
    """  # fmt: skip
    if missing := [name for name in ("fsspec", "pandas", "pyarrow") if find_spec(name) is None]:
        raise click.ClickException(
            f"postlens bulk needs {', '.join(missing)}: pip install 'postlens[bulk]'."
        )
    from deployments.errors import AnalysisError
    from serve_app.bulk.errors import BulkRefused, BulkStopped
    from serve_app.bulk.job import BulkJob
    from serve_app.bulk.pipeline import Machines
    from serve_app.cli.bulk import bulk_command

    places = {name: choices.pop(name) for name in ("actors", "cpus", "gpus")}
    try:
        machines = Machines(address, **places)
        sys.exit(bulk_command.run(BulkJob(**choices), machines, as_json=as_json))
    except BulkRefused as error:
        raise click.UsageError(str(error)) from error
    except (BulkStopped, AnalysisError, OSError) as error:
        raise click.ClickException(str(error)) from error


@main.command()
@click.argument("source", metavar="FILE")
@options.reading
@options.url
@options.api_key
@options.retry_for
def warm(source: str, **choices: Any) -> None:
    """Have a service analyse the posts of FILE ahead of those who will ask for them.

    FILE is read as by 'analyze'. Redis and Postgres keep the answers for every replica;
    in memory they are with the replica that answered.
    """
    from serve_app.cli.analyze import warm_command
    from serve_app.client.errors import PostLensError
    from serve_app.files.rows import UnreadableSource

    try:
        sys.exit(warm_command.run(source, **choices))
    except UnreadableSource as error:
        raise click.UsageError(str(error)) from error
    except (PostLensError, OSError) as error:
        raise click.ClickException(str(error)) from error


@main.command()
@click.option("--port", default=8000, help="The port that 'serve' would use.")
@click.option("--data-dir", type=click.Path(file_okay=False, path_type=Path), default=None)
def doctor(port: int, data_dir: Path | None) -> None:
    """Check this machine, and say how to fix what is wrong."""
    from serve_app.cli.doctor.command import examine

    sys.exit(examine(port=port, data_dir=data_dir or default_data_dir(), environment=os.environ))


@main.command()
def demo() -> None:
    """Start a service, send it 105 sample posts in ten languages, check every answer, stop it."""
    from serve_app.cli.demo.command import run

    sys.exit(run())


@main.command()
def version() -> None:
    """Print the version."""
    click.echo(f"postlens {__version__}")


def default_data_dir(environment: Mapping[str, str] = os.environ) -> Path:
    """``$POSTLENS_DATA_DIR``, else ``postlens`` in the XDG data home (basedir-spec 0.8)."""
    if folder := environment.get("POSTLENS_DATA_DIR"):
        return Path(folder)
    home = environment.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(home) / "postlens"


if __name__ == "__main__":
    main()
