"""What ``postlens alerts`` does with rules."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from serve_app.cli.output import console, plain, print_json, say
from serve_app.client import PostLens
from serve_app.client.alerts import AlertOptions, AlertRule


def print_rules(*, as_json: bool, url: str, api_key: str | None) -> None:
    """Print all rules.

    Raises:
        PostLensError: the service did not answer.
    """
    with PostLens.over_http(url, api_key) as postlens:
        rules = postlens.alerts.all()
    if as_json:
        print_json(rules)
    else:
        _print(rules)


def create(
    name: str,
    measure: str,
    options: AlertOptions,
    *,
    as_json: bool,
    url: str,
    api_key: str | None,
) -> None:
    """Make a rule, and print it.

    Raises:
        PostLensError: the service refused it, or did not answer.
    """
    with PostLens.over_http(url, api_key) as postlens:
        rule = postlens.alerts.create(name, measure, **options)
    if as_json:
        print_json(rule)
    else:
        _print([rule])


def switch(rule_ids: Sequence[str], *, enabled: bool, url: str, api_key: str | None) -> None:
    """Switch rules on or off.

    Raises:
        PostLensError: there is no such rule, or the service did not answer.
    """
    with PostLens.over_http(url, api_key) as postlens:
        _print([postlens.alerts.change(rule_id, enabled=enabled) for rule_id in rule_ids])


def delete(rule_ids: Sequence[str], *, url: str, api_key: str | None) -> int:
    """Delete rules; exit code 1 if one was not there.

    Raises:
        PostLensError: the service did not answer.
    """
    with PostLens.over_http(url, api_key) as postlens:
        missing = [rule_id for rule_id in rule_ids if not postlens.alerts.delete(rule_id)]
    for rule_id in missing:
        say(f"There is no alert rule {rule_id}.")
    deleted = len(rule_ids) - len(missing)
    print(f"{deleted:,} rule{'' if deleted == 1 else 's'} deleted")
    return 1 if missing else 0


def acknowledge(event_id: str, note: str | None, *, url: str, api_key: str | None) -> None:
    """Note that an event was seen.

    Raises:
        PostLensError: there is no such event, or the service did not answer.
    """
    with PostLens.over_http(url, api_key) as postlens:
        event = postlens.alerts.acknowledge(event_id, note)
    print(
        f"Seen at {event.acknowledged_at:%Y-%m-%d %H:%M} UTC"
        + (f": {event.note}" * bool(event.note))
    )


def _print(rules: Sequence[AlertRule]) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("id", "name", "measure", "scope", "state"):
        table.add_column(name, no_wrap=True)
    for name in ("now", "expected", "posts"):
        table.add_column(name, justify="right")
    for rule in rules:
        table.add_row(
            str(rule.id), plain(rule.name), rule.measure, plain(scope_words(rule.scope)),
            rule.state, *_reading(rule),
        )  # fmt: skip
    if rules:
        console().print(table)
    else:
        say("There are no alert rules.")


def scope_words(scope: Mapping[str, Any]) -> str:
    """A scope in a cell."""
    return " ".join(f"{name}={value}" for name, value in scope.items() if value) or "all posts"


def _reading(rule: AlertRule) -> tuple[str, str, str]:
    window = rule.reading and rule.reading.current
    if not window:
        return "", "", ""
    return f"{window.value:.3g}", f"{window.expected:.3g}", f"{window.posts:,}"
