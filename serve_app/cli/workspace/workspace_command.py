"""What ``postlens workspace`` shows and does."""

from dataclasses import asdict
from typing import Unpack

import click
from rich.table import Table

from serve_app.cli.asked_service import AskedService
from serve_app.cli.output import console, plain, print_json
from serve_app.client import Workspace
from serve_app.client.workspace import WorkspaceSettings


def show(service: AskedService) -> None:
    """Print the workspace.

    Raises:
        PostLensError: the service did not answer.
    """
    with service.client() as postlens:
        _print(service, postlens.workspace.get())


def change(service: AskedService, **settings: Unpack[WorkspaceSettings]) -> None:
    """Change settings, and print what it is now.

    Raises:
        PostLensError: the service refused one, or did not answer.
    """
    with service.client() as postlens:
        _print(service, postlens.workspace.change(**settings))


def delete(service: AskedService, *, ask: bool) -> None:
    """Delete it.

    Raises:
        PostLensError: the service did not answer.
        click.Abort: whoever was asked said no.
    """
    with service.client() as postlens:
        name = postlens.workspace.get().name
        if ask:
            click.confirm(f"Delete the workspace '{name}' and all its posts?", abort=True, err=True)
        gone = postlens.workspace.delete()
    if service.as_json:
        print_json({"name": name, "gone": gone})
    else:
        print(f"'{name}' is deleted" + ("" if gone else "; what it had is going"))


def _print(service: AskedService, workspace: Workspace) -> None:
    if service.as_json:
        print_json(asdict(workspace))
        return
    kept = "all posts" if workspace.retention_days is None else f"{workspace.retention_days:g} days"
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_row("name", plain(workspace.name))
    about = "" if workspace.posts_exact else "about "
    table.add_row("posts", f"{about}{workspace.posts:,}")
    table.add_row("kept", kept)
    table.add_row("cache", "of its own" if workspace.separate_cache else "shared")
    table.add_row("since", f"{workspace.created_at:%Y-%m-%d %H:%M} UTC")
    console().print(table)
