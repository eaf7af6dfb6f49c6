"""The schema, step by step: numbered migrations, each applied once.

Works over any connection with asyncpg's methods; opens none.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from serve_app.store.connection import Connection
from serve_app.store.queries import query

_FOLDER = Path(__file__).parent / "migrations"
_NAME = re.compile(r"(\d{4})_(\w+)\.sql")
#: Any constant that other users of the database do not lock: "postlens" in ASCII.
_LOCK = int.from_bytes(b"postlens")
_STEP_TIMEOUT_S = 600.0


class MigrationChanged(Exception):
    """A migration was edited after it had been applied; add a new one instead."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema."""

    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the file: tells a changed one from the one that was applied."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def migrations(folder: Path = _FOLDER) -> list[Migration]:
    """Every migration, in order of its number.

    Raises:
        ValueError: a file is not named ``NNNN_name.sql``, or the numbers are not 1, 2, 3, ...
    """
    steps = [_read(path) for path in sorted(folder.glob("*.sql"))]
    if [step.number for step in steps] != list(range(1, len(steps) + 1)):
        raise ValueError(f"The numbers of the migrations in {folder} are not 1, 2, 3, ...")
    return steps


def _read(path: Path) -> Migration:
    match = _NAME.fullmatch(path.name)
    if match is None:
        raise ValueError(f"{path} is not named NNNN_name.sql.")
    return Migration(int(match[1]), match[2], path.read_text(encoding="utf-8"))


async def migrate(connection: Connection, steps: Sequence[Migration]) -> None:
    """Apply the migrations that the database lacks, each in a transaction of its own.

    Replicas that start together take turns. Migrations that only the database knows are
    left alone: a newer version may be rolling out beside this one.

    Raises:
        MigrationChanged: an applied migration differs from the one given.
    """
    for step in steps:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
            await connection.execute(query("make_migrations_table"))
            await _apply(connection, step)


async def _apply(connection: Connection, step: Migration) -> None:
    applied = await connection.fetchval(query("find_migration"), step.number)
    if applied is None:
        await connection.execute(step.sql, timeout=_STEP_TIMEOUT_S)
        note = (step.number, step.name, step.checksum)
        await connection.execute(query("note_migration"), *note)
    elif applied != step.checksum:
        raise MigrationChanged(
            f"Migration {step.number:04}_{step.name}.sql was changed after this database "
            "had applied it. Restore the file, and put the change into a new migration."
        )
