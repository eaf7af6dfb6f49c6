"""The commands of ``postlens webhooks``; each is a few lines around a module.

Nothing heavy is imported here: ``--help`` answers at once.
"""

import sys
from collections.abc import Callable
from typing import Any

import click

from serve_app.cli import options

_id = click.argument("webhook_id", metavar="ID")
_MESSAGES = ("alert.raised", "alert.ended")


def _types(default: str | None = None) -> Callable[[Any], Any]:
    told = f"  [default: {default}]" if default else ""
    return click.option(
        "--type",
        "types",
        multiple=True,
        type=click.Choice(_MESSAGES),
        help=f"Of messages that it is sent. May stand several times.{told}",
    )


@click.group()
def webhooks() -> None:
    """Name receivers of messages, and see what was delivered to them."""


@webhooks.command("list")
@options.as_json("the webhooks")
@options.service
@options.exits_with_reason
def list_(**service: Any) -> None:
    """List the webhooks."""
    from serve_app.cli.webhooks import webhook_commands

    webhook_commands.print_all(**service)


@webhooks.command()
@_id
@options.as_json("the webhook")
@options.service
@options.exits_with_reason
def get(webhook_id: str, **service: Any) -> None:
    """Show a webhook, without its secret."""
    from serve_app.cli.webhooks import webhook_commands

    webhook_commands.print_one(webhook_id, **service)


@webhooks.command()
@click.argument("receiver", metavar="URL")
@_types("alert.raised")
@click.option("--description", help="For people.")
@options.as_json("the webhook with its secret")
@options.service
@options.exits_with_reason
def create(receiver: str, types: tuple[str, ...], description: str | None, **service: Any) -> None:
    """Send messages to URL from now on. Its secret is shown this once."""
    from serve_app.cli.webhooks import webhook_commands

    webhook_commands.create(receiver, types or _MESSAGES[:1], description, **service)


@webhooks.command()
@_id
@click.option("--to", "receiver", metavar="URL", help="Where messages are sent.")
@_types()
@click.option("--description", help="For people.")
@click.option("--enable/--disable", "enabled", default=None)
@options.as_json("the webhook as it is now")
@options.service
@options.exits_with_reason
def change(webhook_id: str, as_json: bool, url: str, api_key: str | None, **choices: Any) -> None:
    """Change a webhook, or switch it on or off; what is not named stays."""
    from serve_app.cli.webhooks import webhook_commands

    changes: Any = options.given({"url": choices.pop("receiver"), **choices})
    if not changes:
        raise click.UsageError("Name a change: --to, --type, --description, --enable, --disable.")
    webhook_commands.change(webhook_id, changes, as_json=as_json, url=url, api_key=api_key)


@webhooks.command()
@_id
@options.as_json("the webhook with its secret")
@options.service
@options.exits_with_reason
def rotate(webhook_id: str, **service: Any) -> None:
    """Give a webhook a new secret; the old one signs too for a day."""
    from serve_app.cli.webhooks import webhook_commands

    webhook_commands.rotate(webhook_id, **service)


@webhooks.command()
@click.argument("webhook_ids", metavar="ID...", nargs=-1, required=True)
@options.service
@options.exits_with_reason
def delete(webhook_ids: tuple[str, ...], **service: Any) -> None:
    """Delete webhooks with their deliveries."""
    from serve_app.cli.webhooks import webhook_commands

    sys.exit(webhook_commands.delete(webhook_ids, **service))


@webhooks.command()
@_id
@options.service
@options.exits_with_reason
def test(webhook_id: str, url: str, api_key: str | None) -> None:
    """Send a message of the type webhook.test; 'deliveries' tells how it goes."""
    from serve_app.client import PostLens

    with PostLens.over_http(url, api_key) as postlens:
        postlens.webhooks.test(webhook_id)


@webhooks.command()
@_id
@click.option("--state", type=click.Choice(("waiting", "delivered", "dead")))
@click.option("-n", "--limit", default=20, type=click.IntRange(0), help="0 lists all.")
@options.as_json("a line of JSON for each delivery")
@options.service
@options.exits_with_reason
def deliveries(webhook_id: str, **choices: Any) -> None:
    """List what was sent to a webhook, and what could not be, the newest first."""
    from serve_app.cli.webhooks import delivery_table

    delivery_table.run(webhook_id, **choices)


@webhooks.command()
@_id
@click.argument("delivery_id", metavar="DELIVERY")
@options.service
@options.exits_with_reason
def retry(webhook_id: str, delivery_id: str, url: str, api_key: str | None) -> None:
    """Send a message again that was given up."""
    from serve_app.client import PostLens

    with PostLens.over_http(url, api_key) as postlens:
        postlens.webhooks.retry(webhook_id, delivery_id)
