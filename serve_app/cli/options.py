"""Options that several commands have, and how a command ends that fails.

Nothing heavy is imported here: ``--help`` answers at once.
"""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from deployments.results import ANALYSES

Command = TypeVar("Command", bound=Callable[..., Any])

url = click.option(
    "--url",
    default="http://127.0.0.1:8000",
    envvar="POSTLENS_URL",
    show_envvar=True,
    help="The service to ask.",
)
api_key = click.option(
    "--api-key", envvar="POSTLENS_API_KEY", show_envvar=True, help="Where the service asks for one."
)
retry_for = click.option(
    "--retry-for",
    default=300.0,
    metavar="SECONDS",
    type=click.FloatRange(0, 86_400),
    help="How long to ask again when a service that has answered goes away.",
)

output = click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="It appears when it is complete.  [default: standard output]",
)

FORMATS = ("txt", "csv", "jsonl", "json", "xlsx")


def reading(command: Command) -> Command:
    """The options of how a file is read."""
    return _with(
        command,
        click.option(
            "--format",
            type=click.Choice(FORMATS),
            help="How the file is read.  [default: by its ending; standard input is txt]",
        ),
        click.option("--text-column", help="Which column or member (a.b: b in a) holds the posts."),
        click.option("--id-column", help="Which column or member holds the ids."),
        click.option("--encoding", help="Of the file's characters.  [default: told from them]"),
    )


def _names(_: click.Context, __: click.Parameter, value: str) -> tuple[str, ...]:
    names = [name.strip() for name in value.split(",")]
    for name in names:
        if name not in ANALYSES:
            raise click.BadParameter(f"'{name}' is none of: {', '.join(ANALYSES)}")
    return tuple(name for name in ANALYSES if name in names)


analyses = click.option(
    "--analyses",
    default=",".join(ANALYSES),
    callback=_names,
    metavar="NAME,...",
    help="Which of the five.",
)


def as_json(shown: str) -> Callable[[Command], Command]:
    """The option of what programs read.

    Args:
        shown: what is printed then.
    """
    return click.option("--json", "as_json", is_flag=True, help=f"Print {shown}, for programs.")


def service(command: Command) -> Command:
    """The options of which service is asked."""
    return _with(command, url, api_key)


def filters(command: Command) -> Command:
    """The conditions that posts are found by; a command takes them as ``**filters``."""
    return _with(command, *_FILTERS)


def given(filters: dict[str, Any]) -> dict[str, Any]:
    """Those of the conditions that stand on the command line."""
    return {name: value for name, value in filters.items() if value not in (None, ())}


def exits_with_reason(command: Callable[..., None]) -> Callable[..., None]:
    """The command, whose failures end with their reason and not with a traceback: exit code 1."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        from serve_app.client.errors import PostLensError

        try:
            command(*args, **kwargs)
        except (PostLensError, OSError) as error:
            raise click.ClickException(str(error)) from error

    return run


def _with(command: Command, *options: Callable[[Command], Command]) -> Command:
    for option in reversed(options):
        command = option(command)
    return command


def _several(name: str, help: str) -> Callable[[Any], Any]:
    return click.option(f"--{name}", multiple=True, help=f"{help} May stand several times.")


def _range(name: str, low: float, high: float, of: str) -> list[Callable[[Any], Any]]:
    kind = click.FloatRange(low, high)
    return [
        click.option(f"--{name}-{end}", type=kind, help=f"{of}, at {most}.")
        for end, most in (("min", "least"), ("max", "most"))
    ]


_FILTERS: tuple[Callable[[Any], Any], ...] = (
    click.option("-q", "--query", "q", metavar="WORDS",
                 help='Words of the text: climate "net zero" -shell.'),
    click.option("--author", help="As it was written."),
    _several("tag", "As it was written."),
    click.option("--since", metavar="TIME", help="The earliest time, as 2026-05-31."),
    click.option("--until", metavar="TIME", help="The first time that is left out."),
    click.option("--language", metavar="CODE", help="As es."),
    click.option("--sentiment", type=click.Choice(("positive", "neutral", "negative"))),
    *_range("sentiment", -1, 1, "Probability of positive less that of negative"),
    click.option("--mixed/--not-mixed", default=None, help="Praise beside complaint, or not."),
    click.option("--tone", metavar="WORD", help="The dominant one."),
    _several("emotion", 'As "joy>=0.4".'),
    _several("entity", "As shell, or shell:ORG."),
    _several("keyword", "A key phrase."),
    _several("hashtag", "With or without its sign."),
    _several("mention", "With or without its sign."),
    _several("host", "Of a link in the text."),
    *_range("ease", 0, 100, "Reading ease"),
    _several("has", "entities, keywords, hashtags, mentions, links, emoji, corrected, url, author "
                    "or tags."),
    _several("has-not", "Likewise."),
    click.option("--rule", metavar="ID", help="Whose answer this rule has changed."),
    click.option("--state", type=click.Choice(("pending", "analysed", "failed"))),
)  # fmt: skip
