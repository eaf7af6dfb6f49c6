"""Corrections of the answer of one post, and all of them as training data."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from serve_app.client.calls import both, each
from serve_app.client.connection import Resource, path_of
from serve_app.client.decoding import decode
from serve_app.client.posts.kept_post import PostId

_PATH = path_of("corrections")
_PAGE_CORRECTIONS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A correction of a kept post.

    Attributes:
        revision: of the post's text; of later ones it says nothing.
        kind: sentiment, sentence, mixed, tone, entity or keyword.
        value: what is right; of an entity None is that it is none.
        start, end: of a sentence or entity, in code points.
        phrase: of a keyword.
    """

    id: UUID
    post_id: UUID
    revision: int
    kind: str
    value: str | bool | None
    start: int | None
    end: int | None
    phrase: str | None
    created_at: datetime


class Corrections(Resource):
    """The corrections of the caller's workspace."""

    async def _create(
        self,
        post_id: PostId,
        kind: str,
        value: str | bool | None,
        *,
        start: int | None = None,
        end: int | None = None,
        phrase: str | None = None,
    ) -> Correction:
        """Correct the answer of a post; it takes the place of what was said of the same before.

        Args:
            post_id: which.
            kind: sentiment, sentence, mixed, tone, entity or keyword.
            value: what is right.
            start: of the sentence or entity, in code points.
            end: likewise.
            phrase: the keyword.

        Raises:
            RequestRefused: there is no such post, or nothing there to correct.
        """
        place = {"start": start, "end": end, "phrase": phrase}
        told = {name: value for name, value in place.items() if value is not None}
        body = {"post_id": str(post_id), "kind": kind, "value": value, **told}
        return decode(Correction, await self._connection.json("POST", _PATH, body=body))

    create, create_async = both(_create)

    async def _find(self, *, post_id: PostId | None = None) -> AsyncIterator[list[Correction]]:
        """The corrections, newest first, one by one.

        Args:
            post_id: of this post alone.
        """
        query = {"post_id": post_id, "limit": _PAGE_CORRECTIONS}
        async for page in self._connection.pages(_PATH, query):
            yield [decode(Correction, item) for item in page]

    find, find_async = each(_find)

    async def _get(self, correction_id: UUID | str) -> Correction:
        """One correction."""
        path = path_of("corrections", correction_id)
        return decode(Correction, await self._connection.json("GET", path))

    get, get_async = both(_get)

    async def _delete(self, correction_id: UUID | str) -> bool:
        """Take a correction back; whether there was one."""
        path = path_of("corrections", correction_id)
        return await self._connection.delete(path, "unknown-correction")

    delete, delete_async = both(_delete)

    async def _export(self) -> AsyncIterator[list[bytes]]:
        """All that rules and people have changed, as lines of JSON to train with, in parts."""
        path = path_of("corrections:export")
        async for part in self._connection.stream("GET", path):
            yield [part]

    export, export_async = each(_export)
