"""The commands of ``postlens trends``; each is a few lines around a module.

Nothing heavy is imported here: ``--help`` answers at once.
"""

from collections.abc import Callable
from typing import Any

import click

from serve_app.cli import options

_author = click.option("--author", help="Only this author's posts.")
_tag = click.option("--tag", help="Only posts under this tag.")


def _names(name: str, help: str) -> Callable[[Any], Any]:
    return click.option(f"--{name}", multiple=True, help=f"{help} May stand several times.")


@click.group()
def trends() -> None:
    """Follow how posts change over time."""


@trends.command()
@click.argument("measure", default="posts")
@click.option("--bucket", type=click.Choice(("hour", "day", "week", "month")), default="day")
@click.option("--tz", default="UTC", metavar="ZONE", help="In which days begin, as Europe/Madrid.")
@click.option("--since", metavar="TIME", help="The beginning, as 2026-05-31.")
@click.option("--until", metavar="TIME", help="The first time that is left out.  [default: now]")
@_author
@_tag
@click.option("--by", type=click.Choice(("author", "tag")), help="A series for each of the first.")
@_names("entity", "A name to follow, or that the posts have: shell, shell:ORG.")
@_names("keyword", "Likewise.")
@_names("hashtag", "Likewise.")
@_names("share-of", "An entity whose posts are compared.")
@click.option("--limit", default=10, type=click.IntRange(1), help="Series, where none is named.")
@options.as_json("the trend as the service answers it")
@options.service
@options.exits_with_reason
def show(measure: str, as_json: bool, url: str, api_key: str | None, **choices: Any) -> None:
    """Show MEASURE over time: posts, sentiment, tone, emotions, entities, keywords, hashtags,
    ease, words or share.
    """
    from serve_app.cli.trends import trend_table

    given: Any = options.given(choices)
    trend_table.run(measure, given, as_json=as_json, url=url, api_key=api_key)


@trends.command()
@click.option(
    "--kind", multiple=True, type=click.Choice(("entities", "keywords", "hashtags")),
    help="Of these alone. May stand several times.",
)  # fmt: skip
@click.option("--days", default=7, type=click.IntRange(1), help="The length of each period.")
@click.option("--until", metavar="TIME", help="The end of the later one.  [default: now]")
@_author
@_tag
@click.option("--limit", default=20, type=click.IntRange(1), help="Rising and falling each.")
@options.as_json("the terms as the service answers them")
@options.service
@options.exits_with_reason
def terms(as_json: bool, url: str, api_key: str | None, **choices: Any) -> None:
    """Show terms that rise and fall against the period before."""
    from serve_app.cli.trends import term_table

    given: Any = options.given(choices)
    term_table.run(given, as_json=as_json, url=url, api_key=api_key)
