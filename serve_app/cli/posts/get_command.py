"""What ``postlens posts get`` prints: a post with its analysis."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from serve_app.cli.analyze.answer_table import print_answer
from serve_app.cli.output import console, plain, print_json
from serve_app.client import PostLens
from serve_app.client.connection import path_of

#: What a person wants to know of a post, where it has it.
_FIELDS = (
    "id", "external_id", "author", "url", "published_at", "language", "tags", "metadata",
    "revision", "state", "failure", "created_at", "updated_at",
)  # fmt: skip


def run(post_id: str, *, as_json: bool, url: str, api_key: str | None) -> None:
    """Print the post.

    Raises:
        PostLensError: there is none, or the service did not answer.
    """
    with PostLens.over_http(url, api_key) as postlens:
        post = postlens.request("GET", path_of("posts", post_id))
    if as_json:
        print_json(post)
    else:
        _print(post, console())


def _print(post: Mapping[str, Any], console: Console) -> None:
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for name in _FIELDS:
        if post[name] not in (None, []):
            table.add_row(name, plain(_words(post[name])))
    console.print(table)
    console.print()
    for line in post["text"].splitlines():
        console.print(plain(line), soft_wrap=True)
    if post["analysis"]:
        console.print()
        print_answer(post["analysis"], console)


def _words(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value)
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {member}" for name, member in value.items())
    return str(value)
