"""Corrections in their table: every function runs within a transaction."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

from serve_app.corrections.values import Correction, CorrectionKind
from serve_app.store.connection import Connection, QueryRow
from serve_app.store.queries import query

_FOLDER = Path(__file__).parent
#: Kinds of which a value is true or false.
_YES_OR_NO = (CorrectionKind.KEYWORD, CorrectionKind.MIXED)


async def corrections_of(
    connection: Connection, workspace: int, post_ids: Sequence[UUID]
) -> Mapping[UUID, list[Correction]]:
    """The corrections of posts, the oldest first, of all their revisions."""
    rows = await connection.fetch(_sql("find_corrections"), workspace, list(post_ids))
    by_post: dict[UUID, list[Correction]] = defaultdict(list)
    for correction in map(_correction, rows):
        by_post[correction.post_id].append(correction)
    return by_post


async def save_correction(
    connection: Connection, workspace: int, correction: Correction, now: datetime
) -> UUID:
    """Write a correction, in the place of an earlier one of the same; its id."""
    id = await connection.fetchval(
        _sql("save_correction"), workspace, correction.id, correction.post_id, correction.revision,
        correction.target, correction.kind.value, _as_text(correction.value), correction.start,
        correction.end, correction.phrase, now,
    )  # fmt: skip
    return _uuid(id)


async def find_correction(
    connection: Connection, workspace: int, correction_id: UUID
) -> Correction | None:
    """One correction."""
    row = await connection.fetchrow(_sql("find_correction"), workspace, correction_id)
    return _correction(row) if row else None


async def list_corrections(
    connection: Connection,
    workspace: int,
    post_id: UUID | None,
    before: UUID | None,
    limit: int,
) -> list[Correction]:
    """Corrections of a post, or of any, the newest first."""
    rows = await connection.fetch(_sql("list_corrections"), workspace, post_id, before, limit)
    return [_correction(row) for row in rows]


async def delete_correction(connection: Connection, workspace: int, correction_id: UUID) -> None:
    """Delete a correction."""
    await connection.execute(_sql("delete_correction"), workspace, correction_id)


def _correction(row: QueryRow) -> Correction:
    kind, value = CorrectionKind(row["kind"]), row["value"]
    return Correction(
        id=_uuid(row["id"]),
        post_id=_uuid(row["post_id"]),
        revision=row["revision"],
        kind=kind,
        value=value == "true" if kind in _YES_OR_NO else value,
        start=row["start_offset"],
        end=row["end_offset"],
        phrase=row["phrase"],
        created_at=row["created_at"],
    )


def _as_text(value: str | bool | None) -> str | None:
    return str(value).lower() if isinstance(value, bool) else value


def _uuid(id: UUID) -> UUID:
    return UUID(int=id.int)  # asyncpg has a class of its own


def _sql(name: str) -> str:
    return query(name, _FOLDER)
