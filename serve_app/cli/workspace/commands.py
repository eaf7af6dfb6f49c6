"""The commands of ``postlens workspace``; each is a few lines around a module.

Nothing heavy is imported here: ``--help`` answers at once.
"""

from typing import Any

import click

from serve_app.cli import options


@click.group(invoke_without_command=True)
@options.as_json("it")
@options.service
@click.pass_context
@options.exits_with_reason
def workspace(context: click.Context, **service: Any) -> None:
    """Show the workspace that the key names, its settings and size."""
    from serve_app.cli.asked_service import AskedService
    from serve_app.cli.workspace import workspace_command

    if context.invoked_subcommand is None:
        workspace_command.show(AskedService(**service))


@workspace.command()
@click.option(
    "--retention-days", metavar="DAYS", help="After which a post is deleted; 'none' keeps all."
)
@click.option(
    "--separate-cache/--shared-cache",
    default=None,
    help="Whether its texts are cached apart from all others'.",
)
@options.as_json("what it is now")
@options.service
@options.exits_with_reason
def change(retention_days: str | None, separate_cache: bool | None, **service: Any) -> None:
    """Change settings of it."""
    from serve_app.cli.asked_service import AskedService
    from serve_app.cli.workspace import workspace_command

    settings: dict[str, Any] = {}
    if retention_days is not None:
        settings["retention_days"] = _days(retention_days)
    if separate_cache is not None:
        settings["separate_cache"] = separate_cache
    if not settings:
        raise click.UsageError("Name a setting.")
    workspace_command.change(AskedService(**service), **settings)


@workspace.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@options.as_json("what was deleted")
@options.service
@options.exits_with_reason
def delete(yes: bool, **service: Any) -> None:
    """Delete it with all that it has."""
    from serve_app.cli.asked_service import AskedService
    from serve_app.cli.workspace import workspace_command

    workspace_command.delete(AskedService(**service), ask=not yes)


def _days(value: str) -> float | None:
    if value.lower() == "none":
        return None
    try:
        return float(value)
    except ValueError:
        raise click.BadParameter(f"'{value}' is neither a number nor 'none'.") from None
