"""The commands of ``postlens keys``; each is a few lines around a module.

Nothing heavy is imported here: ``--help`` answers at once.
"""

from typing import Any

import click

from serve_app.cli import options

_SCOPES = ("analyze", "posts:read", "posts:write", "jobs", "admin")


@click.group()
def keys() -> None:
    """Make, list, rotate and revoke the API keys of a workspace."""


@keys.command()
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(_SCOPES),
    help="What it allows. May stand several times.  [default: all but admin]",
)
@click.option(
    "--expires-in-days",
    metavar="DAYS",
    type=click.FloatRange(0, 3_650, min_open=True),
    help="After these it is good for nothing.  [default: never]",
)
@click.option(
    "--workspace", metavar="NAME", help="Another's, where the service asks for no key itself."
)
@options.as_json("it")
@options.service
@options.exits_with_reason
def create(
    name: str,
    scopes: tuple[str, ...],
    expires_in_days: float | None,
    workspace: str | None,
    **service: Any,
) -> None:
    """Make a key called NAME, and show it this once."""
    from serve_app.cli.keys import keys_command

    keys_command.create(
        keys_command.KeysOptions(**service),
        name,
        scopes=scopes or None,
        expires_in_days=expires_in_days,
        workspace=workspace,
    )


@keys.command("list")
@options.as_json("them")
@options.service
@options.exits_with_reason
def list_(**service: Any) -> None:
    """List the keys; those that ended within 90 days too."""
    from serve_app.cli.keys import keys_command

    keys_command.list_all(keys_command.KeysOptions(**service))


@keys.command()
@click.argument("key_id", metavar="ID")
@click.option(
    "--overlap-hours",
    metavar="HOURS",
    default=24.0,
    type=click.FloatRange(0, 720),
    help="For so long the old key is good too.",
)
@options.as_json("it")
@options.service
@options.exits_with_reason
def rotate(key_id: str, overlap_hours: float, **service: Any) -> None:
    """Put another key in the place of one, and show it this once."""
    from serve_app.cli.keys import keys_command

    keys_command.rotate(keys_command.KeysOptions(**service), key_id, overlap_hours=overlap_hours)


@keys.command()
@click.argument("key_id", metavar="ID")
@options.as_json("what is known of it")
@options.service
@options.exits_with_reason
def revoke(key_id: str, **service: Any) -> None:
    """Make a key good for nothing, on every replica within a second."""
    from serve_app.cli.keys import keys_command

    keys_command.revoke(keys_command.KeysOptions(**service), key_id)
