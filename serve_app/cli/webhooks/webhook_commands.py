"""What ``postlens webhooks`` does with receivers."""

from collections.abc import Sequence

from rich.table import Table

from serve_app.cli.output import console, plain, print_json, say, say_removed
from serve_app.client import PostLens
from serve_app.client.webhooks import Webhook, WebhookChanges


def print_all(*, as_json: bool, url: str, api_key: str | None) -> None:
    """Print all receivers.

    Raises:
        PostLensError: the service did not answer.
    """
    with PostLens.over_http(url, api_key) as postlens:
        webhooks = postlens.webhooks.all()
    if as_json:
        print_json(webhooks)
    elif webhooks:
        _print(webhooks)
    else:
        say("There are no webhooks.")


def print_one(webhook_id: str, *, as_json: bool, url: str, api_key: str | None) -> None:
    """Print a receiver.

    Raises:
        PostLensError: there is none, or the service did not answer.
    """
    with PostLens.over_http(url, api_key) as postlens:
        _show(postlens.webhooks.get(webhook_id), as_json=as_json)


def create(
    receiver: str,
    types: Sequence[str],
    description: str | None,
    *,
    as_json: bool,
    url: str,
    api_key: str | None,
) -> None:
    """Name a receiver, and print it with its secret.

    Raises:
        PostLensError: the service refused it, or did not answer.
    """
    with PostLens.over_http(url, api_key) as postlens:
        webhook = postlens.webhooks.create(receiver, types=types, description=description)
    _show(webhook, as_json=as_json)


def change(
    webhook_id: str, changes: WebhookChanges, *, as_json: bool, url: str, api_key: str | None
) -> None:
    """Change a receiver, and print it.

    Raises:
        PostLensError: there is none, the service refused the change, or it did not answer.
    """
    with PostLens.over_http(url, api_key) as postlens:
        _show(postlens.webhooks.change(webhook_id, **changes), as_json=as_json)


def rotate(webhook_id: str, *, as_json: bool, url: str, api_key: str | None) -> None:
    """Give a receiver a new secret, and print it.

    Raises:
        PostLensError: there is none, or the service did not answer.
    """
    with PostLens.over_http(url, api_key) as postlens:
        _show(postlens.webhooks.rotate(webhook_id), as_json=as_json)


def delete(webhook_ids: Sequence[str], *, url: str, api_key: str | None) -> int:
    """Delete receivers; exit code 1 if one was not there.

    Raises:
        PostLensError: the service did not answer.
    """
    with PostLens.over_http(url, api_key) as postlens:
        missing = [each for each in webhook_ids if not postlens.webhooks.delete(each)]
    return say_removed(webhook_ids, missing, what="webhook", done="deleted")


def _show(webhook: Webhook, *, as_json: bool) -> None:
    if as_json:
        print_json(webhook)
        return
    _print([webhook])
    if webhook.secret:
        print(f"\nsecret  {webhook.secret}")
        say("The secret is shown this once.")


def _print(webhooks: Sequence[Webhook]) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("id", "url", "types", "state", "description"):
        table.add_column(name, no_wrap=True)
    for each in webhooks:
        state = "enabled" if each.enabled else f"disabled: {each.disabled_because}"
        cells = (each.url, ", ".join(each.types), state, each.description or "")
        table.add_row(str(each.id), *map(plain, cells))
    console().print(table)
