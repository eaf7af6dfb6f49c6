"""What ``postlens keys`` shows and does."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from rich.table import Table

from serve_app.cli.asked_service import AskedService
from serve_app.cli.output import console, plain, print_json, say
from serve_app.client.keys import ApiKey, ApiKeyChanges


def create(
    service: AskedService,
    name: str,
    *,
    scopes: Sequence[str] | None,
    expires_in_days: float | None,
    workspace: str | None,
    posts_per_minute: int | None,
    posts_per_month: int | None,
    characters_per_month: int | None,
) -> None:
    """Make a key and print it.

    Raises:
        PostLensError: the service refused it, or did not answer.
    """
    with service.client() as postlens:
        made = postlens.keys.create(
            name,
            scopes=scopes,
            expires_in_days=expires_in_days,
            workspace=workspace,
            posts_per_minute=posts_per_minute,
            posts_per_month=posts_per_month,
            characters_per_month=characters_per_month,
        )
    _print_new(service, made)


def change(service: AskedService, key_id: str, changes: ApiKeyChanges) -> None:
    """Change a key, and print what it is now.

    Raises:
        PostLensError: there is none in force, or the service did not answer.
    """
    with service.client() as postlens:
        key = postlens.keys.change(key_id, **changes)
    if service.as_json:
        print_json(asdict(key))
    else:
        console().print(plain(f"'{key.name}' ({key.hint}…) may send: {_limits(key)}"))


def list_all(service: AskedService) -> None:
    """Print all keys.

    Raises:
        PostLensError: the service did not answer.
    """
    with service.client() as postlens:
        keys = postlens.keys.all()
    if service.as_json:
        print_json([asdict(key) for key in keys])
        return
    columns = ("id", "name", "key", "scopes", "limits", "since", "state")
    table = Table(*columns, box=None, padding=(0, 2, 0, 0))
    for key in keys:
        shown = (plain(key.name), key.hint + "…", " ".join(key.scopes))
        table.add_row(str(key.id), *shown, _limits(key), _day(key.created_at), _state(key))
    console().print(table)


def rotate(service: AskedService, key_id: str, *, overlap_hours: float) -> None:
    """Put another key in the place of one, and print it.

    Raises:
        PostLensError: there is none in force, or the service did not answer.
    """
    with service.client() as postlens:
        _print_new(service, postlens.keys.rotate(key_id, overlap_hours=overlap_hours))


def revoke(service: AskedService, key_id: str) -> None:
    """Revoke a key.

    Raises:
        PostLensError: there is none, or the service did not answer.
    """
    with service.client() as postlens:
        key = postlens.keys.revoke(key_id)
    if service.as_json:
        print_json(asdict(key))
    else:
        console().print(plain(f"'{key.name}' ({key.hint}…) is revoked"))


def _print_new(service: AskedService, made: ApiKey) -> None:
    """The key alone on standard output, so that a script can take it."""
    if service.as_json:
        print_json(asdict(made))
        return
    print(made.key)
    say(f"The key '{made.name}' with the id {made.id}. It is not shown again: keep it now.")


def _limits(key: ApiKey) -> str:
    limits = {
        "posts/minute": key.posts_per_minute,
        "posts/month": key.posts_per_month,
        "characters/month": key.characters_per_month,
    }
    shown = (f"{most:,} {unit}" for unit, most in limits.items() if most is not None)
    return ", ".join(shown) or "without limits"


def _state(key: ApiKey) -> str:
    if key.revoked_at:
        return f"revoked {_day(key.revoked_at)}"
    if key.expires_at:
        return f"{'until' if key.in_force else 'expired'} {_day(key.expires_at)}"
    return "in force"


def _day(time: datetime) -> str:
    return f"{time:%Y-%m-%d}"
