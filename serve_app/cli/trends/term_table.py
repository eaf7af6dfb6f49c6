"""What ``postlens trends terms`` prints: terms that rise, then those that fall."""

from typing import Any

from rich.table import Table

from serve_app.cli.output import console, plain, print_json
from serve_app.client import PostLens
from serve_app.client.connection import path_of
from serve_app.client.trends import TermChange, TermChanges, TermOptions


def run(options: TermOptions, *, as_json: bool, url: str, api_key: str | None) -> None:
    """Print the terms.

    Raises:
        PostLensError: the service refused an option, or did not answer.
    """
    with PostLens.over_http(url, api_key) as postlens:
        if as_json:
            query: Any = options
            print_json(postlens.request("GET", path_of("trends", "terms"), query=query))
            return
        changes = postlens.trends.terms(**options)
    _print(changes)


def _print(changes: TermChanges) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("", "term", "kind"):
        table.add_column(name, no_wrap=True)
    for name in ("now", "before", "ratio"):
        table.add_column(name, justify="right")
    table.add_column("told by chance")
    for sign, terms in (("+", changes.rising), ("-", changes.falling)):
        for term in terms:
            table.add_row(sign, plain(term.name), term.kind, *_numbers(term), _certainty(term))
    out = console()
    out.print(table)
    posts = changes.posts
    out.print(
        f"{posts.now:,} posts since {changes.since:%Y-%m-%d %H:%M} UTC, {posts.before:,} in the "
        f"period before; {changes.tested:,} terms tested.",
        soft_wrap=True,
    )


def _numbers(term: TermChange) -> tuple[str, str, str]:
    ratio = "" if term.ratio is None else f"x{term.ratio:.2f}"
    return f"{term.posts.now:,}", f"{term.posts.before:,}", ratio


def _certainty(term: TermChange) -> str:
    """How likely so clear a change is called one by chance, among all that were tested."""
    if term.too_few or term.q_value is None:
        return "too few posts"
    return f"{term.q_value:.2g}" + ("" if term.significant else " (may be chance)")
