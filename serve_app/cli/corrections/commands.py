"""The commands of ``postlens rules`` and ``postlens corrections``; a few lines around a module.

Nothing heavy is imported here: ``--help`` answers at once.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from serve_app.cli import options

_FLAGS = {"yes": True, "true": True, "no": False, "false": False}
_POLARITIES = ("positive", "neutral", "negative")
_RULE_STATES = ("applying", "in_force", "withdrawing", "withdrawn")
_CORRECTION_KINDS = ("sentiment", "sentence", "mixed", "tone", "entity", "keyword")


def _value(kind: str, word: str) -> str | bool | None:
    """What a word on the command line stands for, as a value of this kind."""
    if kind in ("keyword", "mixed"):
        if word.lower() not in _FLAGS:
            raise click.UsageError(f"VALUE of {kind} is yes or no; it is '{word}'.")
        return _FLAGS[word.lower()]
    return None if kind == "entity" and word.lower() == "none" else word


def _of_rule(command: Callable[..., None]) -> Callable[..., None]:
    """The arguments and options of a rule."""
    for option in reversed(_RULE):
        command = option(command)
    return command


_RULE: tuple[Callable[[Any], Any], ...] = (
    click.argument("kind", type=click.Choice(("sentiment", "entity", "keyword"))),
    click.argument("value"),
    click.argument("phrases", metavar="PHRASE...", nargs=-1, required=True),
    click.option(
        "--instead-of",
        type=click.Choice(_POLARITIES),
        help="Of sentiment: change sentences of this label alone.",
    ),
    click.option("--match-case/--any-case", default=None),
    click.option("--language", metavar="CODE", help="Of posts in this language alone."),
    click.option("--author", help="Of this author's posts alone."),
    click.option("--tag", help="Of posts under this tag alone."),
)


@click.group()
def rules() -> None:
    """Put answers right for all posts: "War Zone" is neutral, "Target" is ORG."""


@rules.command("list")
@click.option("--state", type=click.Choice(_RULE_STATES))
@options.as_json("a line of JSON for each rule")
@options.service
@options.exits_with_reason
def list_rules(state: str | None, **service: Any) -> None:
    """List the rules, the newest first."""
    from serve_app.cli.corrections import rule_commands

    rule_commands.print_all(state, **service)


@rules.command()
@_of_rule
@click.option("--examples", default=5, type=click.IntRange(0), help="How many at most.")
@options.as_json("the preview")
@options.service
@options.exits_with_reason
def preview(
    kind: str, value: str, phrases: tuple[str, ...], examples: int, as_json: bool, url: str,
    api_key: str | None, **choices: Any,
) -> None:  # fmt: skip
    """Show what a rule would change; see 'create'. Nothing is put in force."""
    from serve_app.cli.corrections import rule_commands

    rule_commands.preview(
        kind, phrases, _value(kind, value), options.given(choices), examples=examples,
        as_json=as_json, url=url, api_key=api_key,
    )  # fmt: skip


@rules.command()
@_of_rule
@options.as_json("the rule")
@options.service
@options.exits_with_reason
def create(
    kind: str, value: str, phrases: tuple[str, ...], as_json: bool, url: str,
    api_key: str | None, **choices: Any,
) -> None:  # fmt: skip
    """Put a rule in force: for new answers at once, for kept posts in the background.

    \b
    sentiment  VALUE is positive, neutral or negative, of sentences with a PHRASE
    entity     VALUE is a label such as ORG, or none
    keyword    VALUE is yes or no
    """
    from serve_app.cli.corrections import rule_commands

    rule_commands.create(
        kind, phrases, _value(kind, value), options.given(choices), as_json=as_json, url=url,
        api_key=api_key,
    )  # fmt: skip


@rules.command()
@click.argument("rule_ids", metavar="ID...", nargs=-1, required=True)
@options.as_json("a line of JSON for each rule")
@options.service
@options.exits_with_reason
def withdraw(rule_ids: tuple[str, ...], **service: Any) -> None:
    """Undo rules: kept posts become what they were, in the background."""
    from serve_app.cli.corrections import rule_commands

    rule_commands.withdraw(rule_ids, **service)


@click.group()
def corrections() -> None:
    """Put the answer of a single post right, and export all that was put right."""


@corrections.command("list")
@click.option("--post", "post_id", metavar="ID", help="Of this post alone.")
@click.option("-n", "--limit", default=20, type=click.IntRange(0), help="0 lists all.")
@options.as_json("a line of JSON for each correction")
@options.service
@options.exits_with_reason
def list_corrections(**choices: Any) -> None:
    """List the corrections, the newest first."""
    from serve_app.cli.corrections import correction_commands

    correction_commands.print_all(**choices)


@corrections.command("create")
@click.argument("post_id", metavar="POST")
@click.argument("kind", type=click.Choice(_CORRECTION_KINDS))
@click.argument("value")
@click.option("--start", type=click.IntRange(0), help="Of a sentence or entity, in code points.")
@click.option("--end", type=click.IntRange(1), help="Likewise.")
@click.option("--phrase", help="Of a keyword.")
@options.as_json("the correction")
@options.service
@options.exits_with_reason
def correct(post_id: str, kind: str, value: str, **choices: Any) -> None:
    """Say what is right of the answer of POST: its sentiment, of a sentence, whether it is mixed
    (yes or no), its tone, what an entity is (ORG, none), whether a phrase is a keyword.
    """
    from serve_app.cli.corrections import correction_commands

    correction_commands.create(post_id, kind, _value(kind, value), **choices)


@corrections.command()
@click.argument("correction_ids", metavar="ID...", nargs=-1, required=True)
@options.service
@options.exits_with_reason
def delete(correction_ids: tuple[str, ...], **service: Any) -> None:
    """Take corrections back."""
    from serve_app.cli.corrections import correction_commands

    sys.exit(correction_commands.delete(correction_ids, **service))


@corrections.command()
@options.output
@options.service
@options.exits_with_reason
def export(output: Path | None, **service: Any) -> None:
    """Write all that rules and people have changed as lines of JSON, to train with."""
    from serve_app.cli.corrections import correction_commands

    correction_commands.export(output, **service)
