"""Posts that are kept, as the client gives them: frozen, typed, times with their offset."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

from deployments.results import Analysis, Span
from deployments.wire import decode_kept_analysis

#: A post's id, as an answer has it or written out.
PostId = UUID | str


class PostFields(TypedDict, total=False):
    """What may be told of a post beside its text.

    Attributes:
        external_id: the caller's own name for it: written again, it is an update.
        author: whoever wrote it, by any name.
        url: where it stands, http or https.
        published_at: without an offset it counts as UTC; by default when it was accepted.
        language: ISO 639-1; by default as it is detected.
        tags: words to find it by.
        metadata: any JSON object.
    """

    external_id: str | None
    author: str | None
    url: str | None
    published_at: datetime | str | None
    language: str | None
    tags: list[str] | tuple[str, ...]
    metadata: Mapping[str, Any] | None


class PostChanges(PostFields, total=False):
    """What may be changed of a post; what is not given stays, None takes a value away."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPost:
    """A post of the workspace.

    Attributes:
        id: sorts by the time at which posts were accepted.
        text: exactly as it was sent.
        external_id, author, url, published_at, language, tags, metadata: see :class:`PostFields`.
        revision: counts the changes of the text, from 1.
        state: ``pending``, ``analysed`` or ``failed``.
        failure: why it is ``failed``; None otherwise.
        created_at, updated_at: in UTC.
        analysis: None until it is there, and where it was not asked for.
        etag: of this state, for ``if_match``; None in lists.
        matches: of the words that were looked for, in code points of the text.
    """

    id: UUID
    text: str
    external_id: str | None
    author: str | None
    url: str | None
    published_at: datetime
    language: str | None
    tags: tuple[str, ...]
    metadata: Mapping[str, Any] | None
    revision: int
    state: str
    failure: str | None
    created_at: datetime
    updated_at: datetime
    analysis: Analysis | None
    etag: str | None = None
    matches: tuple[Span, ...] = ()


def decode_post(shown: Mapping[str, Any], etag: str | None = None) -> KeptPost:
    """The post behind the JSON object of the API.

    Sections of its analysis that another release wrote, and that cannot be read, are None.
    """
    analysis = shown.get("analysis")
    return KeptPost(
        id=UUID(shown["id"]),
        text=shown["text"],
        external_id=shown["external_id"],
        author=shown["author"],
        url=shown["url"],
        published_at=datetime.fromisoformat(shown["published_at"]),
        language=shown["language"],
        tags=tuple(shown["tags"]),
        metadata=shown["metadata"],
        revision=shown["revision"],
        state=shown["state"],
        failure=shown["failure"] and shown["failure"]["reason"],
        created_at=datetime.fromisoformat(shown["created_at"]),
        updated_at=datetime.fromisoformat(shown["updated_at"]),
        analysis=decode_kept_analysis(analysis) if analysis else None,
        etag=etag,
        matches=tuple(Span(m["start"], m["end"]) for m in shown.get("matches") or ()),
    )
