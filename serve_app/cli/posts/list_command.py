"""What ``postlens posts list`` prints: a table, lines of JSON, or a number."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Self

from rich.console import Console
from rich.table import Table

from serve_app.cli.options import given
from serve_app.cli.output import console, plain, print_json, print_line, shortened
from serve_app.client import PostLens
from serve_app.client.posts.filters import Filters

_TEXT_CHARACTERS = 60
#: Of a page, where no more are shown.
_MOST_OF_PAGE = 200


@dataclass(frozen=True, slots=True)
class ListOptions:
    """The command line."""

    filters: Filters
    sort: str | None
    limit: int
    count: bool
    as_json: bool
    url: str
    api_key: str | None

    @classmethod
    def of(cls, choices: Mapping[str, Any]) -> Self:
        """The options as click gives them: what is none of the others is a condition."""
        others = {n: choices[n] for n in ("sort", "limit", "count", "as_json", "url", "api_key")}
        filters: Any = given({n: value for n, value in choices.items() if n not in others})
        return cls(filters=filters, **others)


def run(options: ListOptions) -> None:
    """Print what the options ask for.

    Raises:
        PostLensError: the service refused a condition, or did not answer.
    """
    with PostLens.over_http(options.url, options.api_key) as postlens:
        if options.count:
            _print_count(postlens, options)
            return
        items = postlens.posts.items(
            sort=options.sort,
            page_posts=min(options.limit or _MOST_OF_PAGE, _MOST_OF_PAGE),
            **options.filters,
        )
        limited = islice(items, options.limit or None)
        if options.as_json:
            for item in limited:
                print_line(item)
        else:
            _print_table(limited, console())


def _print_count(postlens: PostLens, options: ListOptions) -> None:
    count = postlens.posts.count(**options.filters)
    if options.as_json:
        print_json({"value": count.value, "exact": count.exact})
    else:
        about = "" if count.exact else "about "
        print(f"{about}{count.value:,} post{'' if count.value == 1 else 's'}")


def _print_table(items: Iterable[Mapping[str, Any]], console: Console) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("id", "published"):
        table.add_column(name, no_wrap=True)
    table.add_column("author", max_width=20, no_wrap=True)
    for name in ("lang", "sentiment", "tone"):
        table.add_column(name, no_wrap=True)
    table.add_column("ease", justify="right")
    table.add_column("text", no_wrap=True)
    for item in items:
        table.add_row(*map(plain, _row(item)))
    if table.row_count:
        console.print(table)
    else:
        Console(stderr=True).print("No post meets all conditions.", markup=False)


def _row(item: Mapping[str, Any]) -> tuple[str, ...]:
    analysis = item["analysis"] or {}
    sentiment, tone = analysis.get("sentiment", {}), analysis.get("tone", {})
    ease = analysis.get("readability", {}).get("ease")
    return (
        item["id"],
        f"{item['published_at'][:16].replace('T', ' ')}",
        item["author"] or "",
        item["language"] or analysis.get("language", {}).get("code", ""),
        sentiment.get("label", item["state"] if item["state"] != "analysed" else ""),
        tone.get("dominant", ""),
        "" if ease is None else f"{ease:.0f}",
        shortened(item["text"], _TEXT_CHARACTERS),
    )
