"""Usage on its way to Postgres: running totals, of which a larger one replaces a smaller."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from serve_app.quotas.limits import date_of
from serve_app.store.database import Database
from serve_app.store.queries import query

#: In the place of a key where none was needed, or it is one of the environment.
NO_KEY = UUID(int=0)
_FOLDER = Path(__file__).parent
#: Of one statement.
_ROWS = 1_000


class UsageName(NamedTuple):
    """Whose usage, of which day since 1970."""

    workspace: int
    key: UUID
    day: int


class UsageRow(NamedTuple):
    """The total so far of one that counts."""

    name: UsageName
    epoch: UUID
    posts: int
    characters: int
    requests: int


async def save(database: Database, rows: Sequence[UsageRow]) -> None:
    """Write totals; twice is once, and what came later stays. Those of ended workspaces are left.

    Raises:
        StoreUnavailable: some are not written, or nobody can tell.
    """
    for start in range(0, len(rows), _ROWS):
        some = map(_values, rows[start : start + _ROWS])
        columns = [list(column) for column in zip(*some, strict=True)]
        async with database.transaction(None) as connection:
            await connection.execute(query("save_usage", _FOLDER), *columns)


def _values(row: UsageRow) -> tuple[object, ...]:
    name = row.name
    key_and_day = (name.key, date_of(name.day))
    return (name.workspace, *key_and_day, row.epoch, row.posts, row.characters, row.requests)
