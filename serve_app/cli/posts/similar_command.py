"""What ``postlens posts similar`` prints: a table of posts, or JSON."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from serve_app.cli.output import console, plain, print_json, shortened
from serve_app.client import PostLens
from serve_app.client.connection import path_of

_TEXT_CHARACTERS = 60


def run(
    post_id: str, query: Mapping[str, Any], *, as_json: bool, url: str, api_key: str | None
) -> None:
    """Print the posts most similar to one.

    Raises:
        PostLensError: there is none, or the service did not answer.
    """
    with PostLens.over_http(url, api_key) as postlens:
        answer = postlens.request("GET", path_of("posts", post_id, "similar"), query=query)
    if as_json:
        print_json(answer)
    elif answer["items"]:
        _print(answer["items"], console())
    else:
        Console(stderr=True).print("No post is so similar.", markup=False)


def _print(items: list[Mapping[str, Any]], console: Console) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("similarity", justify="right", no_wrap=True)
    table.add_column("shared", justify="right", no_wrap=True)
    table.add_column("copy", no_wrap=True)
    table.add_column("id", no_wrap=True)
    table.add_column("author", max_width=20, no_wrap=True)
    table.add_column("text", no_wrap=True)
    for item in items:
        table.add_row(*map(plain, _row(item)))
    console.print(table)


def _row(item: Mapping[str, Any]) -> tuple[str, ...]:
    post = item["post"]
    return (
        f"{item['similarity']:.2f}",
        f"{item['shared_words']:.0%}",
        "yes" if item["near_duplicate"] else "",
        post["id"],
        post["author"] or "",
        shortened(post["text"], _TEXT_CHARACTERS),
    )
