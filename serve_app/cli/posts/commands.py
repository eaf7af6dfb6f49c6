"""The commands of ``postlens posts``; each is a few lines around a module.

Nothing heavy is imported here: ``--help`` answers at once.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from serve_app.cli import options


@click.group()
def posts() -> None:
    """Import, find, show, compare, export and delete the posts that a service keeps."""


def _reading(command: Callable[..., None]) -> Callable[..., None]:
    """The options of how a file is imported."""
    for option in reversed(_READING):
        command = option(command)
    return command


def _column(name: str, what: str) -> Callable[[Any], Any]:
    return click.option(f"--{name}-column", metavar="NAME", help=f"Which one holds {what}.")


_READING: tuple[Callable[[Any], Any], ...] = (
    click.option(
        "--format",
        type=click.Choice(("csv", "ndjson", "json", "xlsx")),
        help="What the file is.  [default: by its ending]",
    ),
    click.option("--encoding", help="Of the file's characters.  [default: told from them]"),
    _column("text", "the posts; a.b is the member b of the object a"),
    _column("external-id", "your own ids; '' is none, here and below"),
    _column("author", "the authors"),
    _column("url", "the addresses"),
    _column("published-at", "the times"),
    _column("language", "the languages"),
    _column("tags", "the tags"),
    _column("metadata", "the metadata, as JSON"),
    click.option(
        "--keep-column",
        multiple=True,
        metavar="NAME",
        help="One that becomes a member of the metadata; * is all others. May stand several times.",
    ),
    click.option(
        "--date-order", type=click.Choice(("mdy", "dmy")), help="Of dates such as 05/06/2026."
    ),
    click.option(
        "--without-id",
        type=click.Choice(("digest", "new")),
        default="digest",
        help="Rows without an id are known again by what is in them, or new every time.",
    ),
)


@posts.command("import")
@click.argument("source", metavar="FILE")
@_reading
@options.as_json("a line of JSON for each row, and one with the counts")
@options.service
@options.exits_with_reason
def import_(source: str, **choices: Any) -> None:
    """Keep the posts of FILE: CSV, lines of JSON, a JSON array, perhaps packed by gzip, or a
    spreadsheet.

    Refused rows are named with their line, all others are kept, and analysed afterwards. The same
    file again makes no doubles.
    """
    from serve_app.cli.posts import import_command
    from serve_app.files.rows import UnreadableSource

    try:
        sys.exit(import_command.run(source, import_command.ImportChoices.of(choices)))
    except UnreadableSource as error:
        raise click.UsageError(str(error)) from error


@posts.command()
@options.filters
@click.option(
    "--format",
    type=click.Choice(("ndjson", "csv")),
    help="Lines of JSON or a table.  [default: by FILE's ending, perhaps .gz; ndjson]",
)
@options.output
@options.service
@options.exits_with_reason
def export(format: str | None, output: Path | None, **choices: Any) -> None:
    """Write all posts that meet all conditions to a file, which 'import' reads again."""
    from serve_app.cli.posts import export_command

    url, api_key = choices.pop("url"), choices.pop("api_key")
    given: Any = options.given(choices)
    format = format or export_command.format_of(output)
    export_command.run(output, format, given, url=url, api_key=api_key)


@posts.command("list")
@options.filters
@click.option(
    "--sort",
    metavar="ORDER",
    help="time, sentiment, ease, formality, politeness, subjectivity or words, with - from above; "
    "relevance, or -emotion:joy.  [default: -time, relevance with WORDS]",
)
@click.option("-n", "--limit", default=20, type=click.IntRange(0), help="0 lists all.")
@click.option("--count", is_flag=True, help="Print only how many there are.")
@options.as_json("a line of JSON for each post")
@options.service
@options.exits_with_reason
def list_(**choices: Any) -> None:
    """List the posts that meet all conditions, the newest first."""
    from serve_app.cli.posts import list_command

    list_command.run(list_command.ListOptions.of(choices))


@posts.command()
@click.argument("post_id", metavar="ID")
@options.as_json("the post as the service answers it")
@options.service
@options.exits_with_reason
def get(post_id: str, as_json: bool, url: str, api_key: str | None) -> None:
    """Show a post with its analysis."""
    from serve_app.cli.posts import get_command

    get_command.run(post_id, as_json=as_json, url=url, api_key=api_key)


@posts.command()
@click.argument("post_id", metavar="ID")
@click.option("-n", "--limit", default=10, type=click.IntRange(1, 100), show_default=True)
@click.option(
    "--min-similarity",
    default=0.0,
    type=click.FloatRange(0, 1),
    help="Less similar ones are left out.",
)
@click.option("--near-duplicates", is_flag=True, help="Only edited copies.")
@options.as_json("the answer of the service")
@options.service
@options.exits_with_reason
def similar(post_id: str, as_json: bool, url: str, api_key: str | None, **query: Any) -> None:
    """List the posts most like one."""
    from serve_app.cli.posts import similar_command

    similar_command.run(post_id, query, as_json=as_json, url=url, api_key=api_key)


@posts.command()
@click.argument("post_id", metavar="ID")
@click.argument("other", metavar="[OTHER]", required=False)
@click.option("--from", "from_revision", type=click.IntRange(1), metavar="N", help="Of ID.")
@click.option("--to", "to_revision", type=click.IntRange(1), metavar="N", help="Of OTHER, or ID.")
@click.option("--draft", metavar="FILE", help="A text in UTF-8; - is standard input.")
@options.as_json("the answer of the service")
@options.service
@options.exits_with_reason
def compare(post_id: str, other: str | None, draft: str | None, **choices: Any) -> None:
    """Show what changed between the last two revisions of a post, or others of them, or from it to
    another post or to a draft, which is analysed and not kept.
    """
    from serve_app.cli.posts import compare_command

    if draft is not None and (other or choices["to_revision"]):
        raise click.UsageError("A draft stands alone: leave out OTHER and --to.")
    try:
        compare_command.run(post_id, other=other, draft=draft, **choices)
    except UnicodeDecodeError as error:
        raise click.UsageError(f"The draft is not UTF-8: {error}.") from error


@posts.command("analyze-again")
@options.filters
@options.service
@options.exits_with_reason
def analyze_again(**choices: Any) -> None:
    """Have all posts that meet all conditions analysed anew, one by one: for vectors that they have
    not got, or after a change of the models. Each is pending until its analysis is there.
    """
    from serve_app.cli.posts import analyze_again_command

    url, api_key = choices.pop("url"), choices.pop("api_key")
    given: Any = options.given(choices)
    analyze_again_command.run(given, url=url, api_key=api_key)


@posts.command()
@click.argument("post_ids", metavar="ID...", nargs=-1)
@click.option("--author", help="All posts of this author, in place of IDs.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@options.as_json("what was deleted")
@options.service
@options.exits_with_reason
def delete(
    post_ids: tuple[str, ...],
    author: str | None,
    yes: bool,
    as_json: bool,
    url: str,
    api_key: str | None,
) -> None:
    """Delete posts, their revisions, and what the caches have of their texts."""
    from serve_app.cli.posts import delete_command

    if bool(post_ids) == (author is not None):
        raise click.UsageError("Name posts by their IDs, or an author with --author.")
    if author is not None and not yes:
        click.confirm(f"Delete all posts of '{author}'?", abort=True, err=True)
    sys.exit(delete_command.run(post_ids, author=author, as_json=as_json, url=url, api_key=api_key))
