"""A kept post, as it is read from its row and shown.

Pure conversions: no connection, no HTTP.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from serve_app.posts.content import PostContent
from serve_app.posts.stored_analysis import StoredAnalysis
from serve_app.response.timestamps import rfc3339

#: The columns that a :class:`Post` is made of, for the queries that read whole posts.
COLUMNS = (
    "id", "created_at", "updated_at", "published_at", "version", "revision", "revised_at", "state",
    "failure", "attempts", "external_id", "author", "url", "language", "tags", "metadata", "text",
    "digest", "analysis",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Post:
    """One post of a workspace.

    Attributes:
        id: UUIDv7 of when it was accepted.
        content: as it was written last; ``published_at`` is never None.
        created_at, updated_at: of the row.
        version: counts every change, its analysis included.
        revision: counts the changes of the text.
        revised_at: when the text became what it is.
        state: ``pending``, ``analysed`` or ``failed``.
        failure: why it is ``failed``; None otherwise.
        attempts: analyses that did not succeed.
        digest: address of the text in the caches, in hexadecimal digits.
        encoded_analysis: what :class:`StoredAnalysis` takes; None unless it is ``analysed``.
        counting: the analysis as it counts, corrections included, where it has been looked up.
    """

    id: UUID
    content: PostContent
    created_at: datetime
    updated_at: datetime
    version: int
    revision: int
    revised_at: datetime
    state: str
    failure: str | None
    attempts: int
    digest: str
    encoded_analysis: bytes | None
    counting: Mapping[str, Any] | None = field(default=None, compare=False)

    @property
    def published_at(self) -> datetime:
        """When it was published, or accepted where nobody told."""
        return self.content.published_at or self.created_at

    def analysis(self) -> Mapping[str, Any] | None:
        """What was answered for its text; None before that."""
        return StoredAnalysis(self.encoded_analysis) if self.encoded_analysis else None

    @property
    def etag(self) -> str:
        """The entity tag (RFC 9110, 8.8.3) of this state of the post."""
        return f'"{self.version}"'

    def as_dict(self, *, with_analysis: bool = True) -> dict[str, Any]:
        """The JSON object of the API, for :func:`serve_app.posts.stored_analysis.encode_json`."""
        content = self.content
        shown = {
            "id": str(self.id),
            "external_id": content.external_id,
            "author": content.author,
            "url": content.url,
            "published_at": rfc3339(self.published_at),
            "language": content.language,
            "tags": list(content.tags),
            "metadata": content.metadata,
            "text": content.text,
            "revision": self.revision,
            "state": self.state,
            "failure": self.failure and {"reason": self.failure},
            "created_at": rfc3339(self.created_at),
            "updated_at": rfc3339(self.updated_at),
        }
        if not with_analysis:
            return shown
        # Whether it is empty is not asked: that would decode it.
        return shown | {"analysis": self.analysis() if self.counting is None else self.counting}


def post_of(row: Mapping[str, Any]) -> Post:
    """The post behind a row with the columns :data:`COLUMNS`."""
    metadata = row["metadata"]
    content = PostContent(
        text=row["text"],
        external_id=row["external_id"],
        author=row["author"],
        url=row["url"],
        published_at=row["published_at"],
        language=row["language"],
        tags=tuple(row["tags"]),
        metadata=orjson.loads(metadata) if metadata is not None else None,
    )
    return Post(
        id=UUID(int=row["id"].int),  # asyncpg has a class of its own
        content=content,
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        version=row["version"],
        revision=row["revision"],
        revised_at=row["revised_at"],
        state=row["state"],
        failure=row["failure"],
        attempts=row["attempts"],
        digest=row["digest"].hex(),
        encoded_analysis=row["analysis"],
    )
