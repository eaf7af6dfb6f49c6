"""What ``postlens alerts events`` prints."""

from itertools import islice

from rich.table import Table

from serve_app.cli.alerts.alert_commands import scope_words
from serve_app.cli.output import console, plain, print_line, say
from serve_app.client import PostLens
from serve_app.client.alerts import AlertEvent


def run(
    *,
    rule: str | None,
    state: str | None,
    acknowledged: bool | None,
    limit: int,
    as_json: bool,
    url: str,
    api_key: str | None,
) -> None:
    """Print the events.

    Raises:
        PostLensError: there is no such rule, or the service did not answer.
    """
    with PostLens.over_http(url, api_key) as postlens:
        found = postlens.alerts.events(rule=rule, state=state, acknowledged=acknowledged)
        events = list(islice(found, limit or None))
    if as_json:
        for event in events:
            print_line(event)
    elif events:
        _print(events)
    else:
        say("No such event.")


def _print(events: list[AlertEvent]) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("id", "raised", "rule", "what", "ended", "seen"):
        table.add_column(name, no_wrap=True)
    for event in events:
        table.add_row(
            str(event.id),
            f"{event.raised_at:%Y-%m-%d %H:%M}",
            plain(event.rule.name),
            plain(_words(event)),
            event.ending or "",
            f"{event.acknowledged_at:%Y-%m-%d}" if event.acknowledged_at else "",
        )
    console().print(table)


def _words(event: AlertEvent) -> str:
    return (
        f"{event.measure} of {scope_words(event.scope)} {event.direction}: {event.value:.3g}, "
        f"expected {event.expected:.3g} ({event.posts:,} posts in {event.window_hours:,} h)"
    )
