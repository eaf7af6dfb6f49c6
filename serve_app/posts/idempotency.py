"""Requests that are sent again are not done again: the header Idempotency-Key.

After the IETF draft draft-ietf-httpapi-idempotency-key-header: a key names one request for a day.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from serve_app.problems import quote
from serve_app.request.fields import invalid_request
from serve_app.store.connection import Connection
from serve_app.store.queries import query

MAX_KEY_CHARACTERS = 200
_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A request's key, and what the request asked for.

    Attributes:
        key: as the caller sent it.
        request: SHA-256 of the body.
    """

    key: str
    request: bytes

    @classmethod
    def of(cls, key: str, body: bytes) -> "IdempotencyKey":
        """The key of a request with this body.

        Raises:
            InvalidRequest: it is empty, too long, or not of visible ASCII.
        """
        if not (1 <= len(key) <= MAX_KEY_CHARACTERS and key.isascii() and key.isprintable()):
            detail = f"The Idempotency-Key is {quote(key)}."
            fix = f"Send 1 to {MAX_KEY_CHARACTERS} visible ASCII characters, such as a UUID."
            raise invalid_request("unknown-value", detail, "", fix=fix)
        return cls(key, hashlib.sha256(body).digest())


@dataclass(frozen=True, slots=True)
class EarlierRequest:
    """What a request with the same key wrote: its posts, and which of them were new."""

    post_ids: list[UUID]
    created: list[bool]


async def begin(
    connection: Connection, workspace: int, key: IdempotencyKey
) -> EarlierRequest | None:
    """Note the request, or find what it wrote before; a request under way is waited for.

    Raises:
        InvalidRequest: the key was another request's.
    """
    noted = await connection.fetchval(_sql("note_request"), workspace, key.key, key.request)
    if noted is not None:
        return None
    row = await connection.fetchrow(_sql("find_request"), workspace, key.key)
    if row is None:  # deleted in between, with its day over
        return None
    if row["request"] != key.request:
        detail = f"The Idempotency-Key {quote(key.key)} was sent with another body before."
        raise invalid_request("idempotency-key-reused", detail, "")
    return EarlierRequest([UUID(int=each.int) for each in row["post_ids"]], list(row["created"]))


async def finish(
    connection: Connection,
    workspace: int,
    key: IdempotencyKey,
    post_ids: Sequence[UUID],
    created: Sequence[bool],
) -> None:
    """Note what the request wrote, in the transaction in which it does."""
    note = _sql("note_request_posts")
    await connection.execute(note, workspace, key.key, list(post_ids), list(created))


def _sql(name: str) -> str:
    return query(name, _FOLDER)
