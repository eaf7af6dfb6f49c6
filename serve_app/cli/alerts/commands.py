"""The commands of ``postlens alerts``; each is a few lines around a module.

Nothing heavy is imported here: ``--help`` answers at once.
"""

from typing import Any

import click

from serve_app.cli import options

_ids = click.argument("rule_ids", metavar="ID...", nargs=-1, required=True)


def _scope(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    scope = dict(value.partition("=")[::2] for value in values)
    if not all(scope.values()):
        raise click.BadParameter("Write it as entity=shell:ORG.")
    return scope


@click.group()
def alerts() -> None:
    """Have trends watched, and see what was found."""


@alerts.command("list")
@options.as_json("the rules")
@options.service
@options.exits_with_reason
def list_(as_json: bool, **service: Any) -> None:
    """List the rules, and how they are doing."""
    from serve_app.cli.alerts import alert_commands

    alert_commands.print_rules(as_json=as_json, **service)


@alerts.command()
@click.argument("name")
@click.argument("measure")
@click.option("--scope", multiple=True, callback=_scope, metavar="WHAT=VALUE",
              help="author, tag, entity, keyword or hashtag: entity=shell:ORG. May stand several "
                   "times.")  # fmt: skip
@click.option("--direction", type=click.Choice(("above", "below", "either")))
@click.option("--window-hours", type=click.IntRange(1), help="Of the longest window.")
@click.option("--sensitivity", type=click.Choice(("low", "medium", "high")))
@click.option("--min-posts", type=click.IntRange(1), help="Of a window; fewer are not judged.")
@click.option("--min-change", type=float, help="No smaller one is told.")
@click.option("--delay-hours", type=click.IntRange(0), help="How late posts may come.")
@options.as_json("the rule")
@options.service
@options.exits_with_reason
def create(
    name: str, measure: str, as_json: bool, url: str, api_key: str | None, **choices: Any
) -> None:
    """Have MEASURE watched: count, mean_sentiment, negative_share, mean_ease, emotion:anger and
    so on. NAME is for people.
    """
    from serve_app.cli.alerts import alert_commands

    given: Any = {n: value for n, value in choices.items() if value not in (None, {})}
    alert_commands.create(name, measure, given, as_json=as_json, url=url, api_key=api_key)


@alerts.command()
@_ids
@options.service
@options.exits_with_reason
def enable(rule_ids: tuple[str, ...], **service: Any) -> None:
    """Switch rules on."""
    from serve_app.cli.alerts import alert_commands

    alert_commands.switch(rule_ids, enabled=True, **service)


@alerts.command()
@_ids
@options.service
@options.exits_with_reason
def disable(rule_ids: tuple[str, ...], **service: Any) -> None:
    """Switch rules off; they are kept."""
    from serve_app.cli.alerts import alert_commands

    alert_commands.switch(rule_ids, enabled=False, **service)


@alerts.command()
@_ids
@options.service
@options.exits_with_reason
def delete(rule_ids: tuple[str, ...], **service: Any) -> None:
    """Delete rules with their events."""
    import sys

    from serve_app.cli.alerts import alert_commands

    sys.exit(alert_commands.delete(rule_ids, **service))


@alerts.command()
@click.option("--rule", metavar="ID", help="Only those of this rule.")
@click.option("--state", type=click.Choice(("open", "ended")))
@click.option("--acknowledged/--unacknowledged", default=None, help="Whether somebody saw them.")
@click.option("-n", "--limit", default=20, type=click.IntRange(0), help="0 lists all.")
@options.as_json("a line of JSON for each event")
@options.service
@options.exits_with_reason
def events(
    rule: str | None,
    state: str | None,
    acknowledged: bool | None,
    limit: int,
    as_json: bool,
    **service: Any,
) -> None:
    """List what the rules have found, the newest first."""
    from serve_app.cli.alerts import event_table

    event_table.run(
        rule=rule, state=state, acknowledged=acknowledged, limit=limit, as_json=as_json, **service
    )


@alerts.command()
@click.argument("event_id", metavar="EVENT")
@click.option("--note", help="For those who look at it later.")
@options.service
@options.exits_with_reason
def acknowledge(event_id: str, note: str | None, **service: Any) -> None:
    """Note that an event was seen."""
    from serve_app.cli.alerts import alert_commands

    alert_commands.acknowledge(event_id, note, **service)
