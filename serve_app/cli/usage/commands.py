"""The command ``postlens usage``; a few lines around a module.

Nothing heavy is imported here: ``--help`` answers at once.
"""

from typing import Any

import click

from serve_app.cli import options


@click.command()
@click.option("--since", metavar="DAY", help="The first, as 2026-05-01.  [default: the month's]")
@click.option("--until", metavar="DAY", help="The last, 92 days at most.  [default: today]")
@click.option("--key", metavar="ID", help="Of one key; 'none' is without any of them.")
@options.as_json("it")
@options.service
@options.exits_with_reason
def usage(since: str | None, until: str | None, key: str | None, **service: Any) -> None:
    """Show the posts that were asked for, by day and key, and what is left of the month."""
    from serve_app.cli.asked_service import AskedService
    from serve_app.cli.usage import usage_command

    usage_command.show(AskedService(**service), since=since, until=until, key=key)
