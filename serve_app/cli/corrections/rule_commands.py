"""What ``postlens rules`` does."""

from collections.abc import Sequence
from typing import Any

from rich.table import Table

from serve_app.cli.output import console, plain, print_json, print_line, say
from serve_app.client import PostLens
from serve_app.client.rules import Flip, Rule, RulePreview


def print_all(state: str | None, *, as_json: bool, url: str, api_key: str | None) -> None:
    """Print the rules.

    Raises:
        PostLensError: the service did not answer.
    """
    with PostLens.over_http(url, api_key) as postlens:
        _print(list(postlens.rules.find(state=state)), as_json)


def preview(
    kind: str,
    phrases: Sequence[str],
    value: str | bool | None,
    choices: Any,
    *,
    examples: int,
    as_json: bool,
    url: str,
    api_key: str | None,
) -> None:
    """Print what a rule would change.

    Raises:
        PostLensError: the service refused it, or did not answer.
    """
    with PostLens.over_http(url, api_key) as postlens:
        told = postlens.rules.preview(kind, phrases, value, examples=examples, **choices)
    if as_json:
        print_json(told)
    else:
        _print_preview(told)


def create(
    kind: str,
    phrases: Sequence[str],
    value: str | bool | None,
    choices: Any,
    *,
    as_json: bool,
    url: str,
    api_key: str | None,
) -> None:
    """Put a rule in force, and print it.

    Raises:
        PostLensError: the service refused it, or did not answer.
    """
    with PostLens.over_http(url, api_key) as postlens:
        rule = postlens.rules.create(kind, phrases, value, **choices)
    _print([rule], as_json)


def withdraw(rule_ids: Sequence[str], *, as_json: bool, url: str, api_key: str | None) -> None:
    """Undo rules, and print them.

    Raises:
        PostLensError: there is no such rule, or the service did not answer.
    """
    with PostLens.over_http(url, api_key) as postlens:
        _print([postlens.rules.withdraw(rule_id) for rule_id in rule_ids], as_json)


def value_word(value: str | bool | None) -> str:
    """A value as it stands on the command line."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else value


def _print(rules: Sequence[Rule], as_json: bool) -> None:
    if as_json:
        for rule in rules:
            print_line(rule)
        return
    if not rules:
        say("There are no such rules.")
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("id", "kind", "value", "phrases", "of", "state"):
        table.add_column(name, no_wrap=True)
    for name in ("looked at", "changed"):
        table.add_column(name, justify="right")
    for rule in rules:
        table.add_row(
            str(rule.id), rule.kind, plain(value_word(rule.value)),
            plain(", ".join(rule.phrases)), plain(_scope(rule)), rule.state, _progress(rule),
            f"{rule.changed:,}",
        )  # fmt: skip
    console().print(table)


def _scope(rule: Rule) -> str:
    scope = {"language": rule.language, "author": rule.author, "tag": rule.tag}
    return " ".join(f"{name}={value}" for name, value in scope.items() if value) or "all posts"


def _progress(rule: Rule) -> str:
    of = "" if rule.candidates is None else f" of {rule.candidates:,}"
    return f"{rule.looked_at:,}{of}"


def _print_preview(told: RulePreview) -> None:
    out = console()
    about = "" if told.changed.exact else "at least "
    out.print(
        f"{about}{told.changed.value:,} of {told.candidates.value:,} posts with such a phrase "
        "would change",
        soft_wrap=True,
    )
    for flip in told.flips:
        out.print(plain(f"  {flip.posts:,} x {_words(flip)}"), soft_wrap=True)
    for example in told.examples:
        changes = ", ".join(map(_words, example.changes))
        line = f"{example.post_id}  {' '.join(example.excerpt.split())}  ({changes})"
        out.print(plain(line), soft_wrap=True)


def _words(flip: Flip) -> str:
    return f"{flip.field}: {flip.old or 'not there'} -> {flip.new or 'not there'}"
