"""The commands of ``postlens keys``; each is a few lines around a module.

Nothing heavy is imported here: ``--help`` answers at once.
"""

from collections.abc import Callable
from typing import Any

import click

from serve_app.api.scopes import SCOPES
from serve_app.cli import options

_LIMITS = {
    "posts_per_minute": 1_000_000,
    "posts_per_month": 1_000_000_000,
    "characters_per_month": 1_000_000_000_000,
}


def _limits(kind: Callable[[int], click.IntRange], unset: str) -> Callable[[Any], Any]:
    """The options of the limits of a key."""

    def add(command: Any) -> Any:
        for name, most in reversed(_LIMITS.items()):
            option = f"--{name.replace('_', '-')}"
            help = f"1 to {most:,}.  [default: {unset}]"
            command = click.option(option, type=kind(most), metavar="N", help=help)(command)
        return command

    return add


class _LimitOrNone(click.IntRange):
    """A limit, or the end of one."""

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """As click has it; ``none`` is kept as it is."""
        return "none" if value == "none" else super().convert(value, param, ctx)


@click.group()
def keys() -> None:
    """Make, list, change, rotate and revoke the API keys of a workspace."""


@keys.command()
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(SCOPES),
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
@_limits(lambda most: click.IntRange(1, most), "without a limit")
@options.as_json("it")
@options.service
@options.exits_with_reason
def create(
    name: str,
    scopes: tuple[str, ...],
    expires_in_days: float | None,
    workspace: str | None,
    posts_per_minute: int | None,
    posts_per_month: int | None,
    characters_per_month: int | None,
    **service: Any,
) -> None:
    """Make a key called NAME, and show it this once."""
    from serve_app.cli.asked_service import AskedService
    from serve_app.cli.keys import keys_command

    keys_command.create(
        AskedService(**service),
        name,
        scopes=scopes or None,
        expires_in_days=expires_in_days,
        workspace=workspace,
        posts_per_minute=posts_per_minute,
        posts_per_month=posts_per_month,
        characters_per_month=characters_per_month,
    )


@keys.command()
@click.argument("key_id", metavar="ID")
@click.option("--name", help="For people.")
@_limits(lambda most: _LimitOrNone(1, most), "as it is; 'none' takes it away")
@options.as_json("it")
@options.service
@options.exits_with_reason
def change(
    key_id: str, name: str | None, as_json: bool, url: str, api_key: str | None, **limits: Any
) -> None:
    """Give a key another name or other limits."""
    from serve_app.cli.asked_service import AskedService
    from serve_app.cli.keys import keys_command

    changes: Any = {k: None if v == "none" else v for k, v in limits.items() if v is not None}
    if name is not None:
        changes["name"] = name
    if not changes:
        raise click.UsageError("Name what is to be changed.")
    keys_command.change(AskedService(as_json, url, api_key), key_id, changes)


@keys.command("list")
@options.as_json("them")
@options.service
@options.exits_with_reason
def list_(**service: Any) -> None:
    """List the keys; those that ended within 90 days too."""
    from serve_app.cli.asked_service import AskedService
    from serve_app.cli.keys import keys_command

    keys_command.list_all(AskedService(**service))


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
    from serve_app.cli.asked_service import AskedService
    from serve_app.cli.keys import keys_command

    keys_command.rotate(AskedService(**service), key_id, overlap_hours=overlap_hours)


@keys.command()
@click.argument("key_id", metavar="ID")
@options.as_json("what is known of it")
@options.service
@options.exits_with_reason
def revoke(key_id: str, **service: Any) -> None:
    """Make a key good for nothing, on every replica within a second."""
    from serve_app.cli.asked_service import AskedService
    from serve_app.cli.keys import keys_command

    keys_command.revoke(AskedService(**service), key_id)
