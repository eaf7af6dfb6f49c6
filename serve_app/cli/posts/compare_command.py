"""What ``postlens posts compare`` prints: what changed from one text to another."""

import sys
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from serve_app.cli.output import console, plain, print_json
from serve_app.client import PostLens
from serve_app.client.connection import path_of
from serve_app.client.decoding import decode
from serve_app.client.posts.comparison import ComparedText, Comparison


def run(
    post_id: str,
    *,
    other: str | None,
    from_revision: int | None,
    to_revision: int | None,
    draft: str | None,
    as_json: bool,
    url: str,
    api_key: str | None,
) -> None:
    """Print the comparison.

    Args:
        post_id: of which post.
        other: a post that it is compared with.
        from_revision: of the post.
        to_revision: of it, or of the other.
        draft: a file that it is compared with; ``-`` is standard input.
        as_json: print the answer of the service, for programs.
        url: of the service.
        api_key: for it.

    Raises:
        PostLensError: there is no such post or revision, or the service did not answer.
        OSError: the draft cannot be read.
        UnicodeDecodeError: it is not UTF-8.
    """
    with PostLens.over_http(url, api_key) as postlens:
        if draft is None:
            query = {"from": from_revision, "to": to_revision, "with": other}
            path = path_of("posts", post_id, "compare")
            answer = postlens.request("GET", path, query=query)
        else:
            old = {"post": post_id, "revision": from_revision}
            body = {"from": old, "to": {"text": _draft(draft)}}
            answer = postlens.request("POST", path_of("posts:compare"), body=body)
    if as_json:
        print_json(answer)
    else:
        _print(decode(Comparison, answer), console())


def _draft(file: str) -> str:
    content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    return content.decode("utf-8-sig")


def _print(compared: Comparison, console: Console) -> None:
    console.print(f"{_name(compared.old)} -> {_name(compared.new)}")
    console.print()
    console.print(Text.assemble(*_changes(compared)), soft_wrap=True)
    console.print()
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for part, summary in compared.summaries().items():
        table.add_row(part, plain(summary))
    console.print(table)


def _name(text: ComparedText) -> str:
    return f"post {text.post}, revision {text.revision}" if text.post else "draft"


def _changes(compared: Comparison) -> Iterator[Text]:
    """The texts in one, as wdiff writes them: [-removed-] and {+added+}."""
    for change in compared.text.changes:
        old = compared.old.text[change.old.start : change.old.end]
        new = compared.new.text[change.new.start : change.new.end]
        if change.kind == "equal":
            yield _lines(new)
            continue
        if old:
            yield Text.assemble("[-", _lines(old), "-]", style="red")
        if new:
            yield Text.assemble("{+", _lines(new), "+}", style="green")


def _lines(text: str) -> Text:
    return Text("\n").join(map(plain, text.split("\n")))
