"""What ``postlens webhooks deliveries`` prints."""

from collections.abc import Sequence
from itertools import islice

from rich.table import Table

from serve_app.cli.output import console, plain, print_line, say
from serve_app.client import PostLens
from serve_app.client.webhooks import Delivery


def run(
    webhook_id: str,
    *,
    state: str | None,
    limit: int,
    as_json: bool,
    url: str,
    api_key: str | None,
) -> None:
    """Print the deliveries to a receiver.

    Raises:
        PostLensError: there is no such receiver, or the service did not answer.
    """
    with PostLens.over_http(url, api_key) as postlens:
        found = postlens.webhooks.deliveries(webhook_id, state=state)
        deliveries = list(islice(found, limit or None))
    if as_json:
        for delivery in deliveries:
            print_line(delivery)
    elif deliveries:
        _print(deliveries)
    else:
        say("No such delivery.")


def _print(deliveries: Sequence[Delivery]) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("id", "created", "type", "state", "attempts", "status", "reason"):
        table.add_column(name, no_wrap=True)
    for each in deliveries:
        table.add_row(
            str(each.id),
            f"{each.created_at:%Y-%m-%d %H:%M}",
            each.type,
            each.state,
            str(each.attempts),
            str(each.status or ""),
            plain(each.reason or ""),
        )
    console().print(table)
