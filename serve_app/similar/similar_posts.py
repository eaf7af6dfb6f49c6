"""Posts of a workspace that are like one of them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from serve_app.posts import repository
from serve_app.posts.post import Post
from serve_app.request.fields import invalid_request
from serve_app.similar.nearest import nearest, vector_of
from serve_app.similar.shingles import shared_words
from serve_app.store.connection import Connection
from serve_app.store.database import Database
from serve_app.workspaces.directory import Workspace

#: From these on a post is a near-duplicate; measured on edited copies (docs/finding.md).
LEAST_SIMILARITY = 0.5
LEAST_SHARED_WORDS = 0.5
#: Posts that are shown at most.
MOST_POSTS = 100
_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class SimilarPost:
    """A post and how like another it is.

    Attributes:
        post: the post.
        similarity: of what they are about, 0 to 1.
        shared_words: the share of the shorter text that stands in the other, 0 to 1.
    """

    post: Post
    similarity: float
    shared_words: float

    @property
    def near_duplicate(self) -> bool:
        """Whether one is an edited copy of the other."""
        return self.similarity >= LEAST_SIMILARITY and self.shared_words >= LEAST_SHARED_WORDS

    def as_dict(self) -> dict[str, Any]:
        """The JSON object of the API."""
        return {
            "similarity": round(self.similarity, 4),
            "shared_words": round(self.shared_words, 4),
            "near_duplicate": self.near_duplicate,
            "post": self.post.as_dict(with_analysis=False),
        }


class SimilarPosts:
    """Finds posts by their vectors; see :mod:`serve_app.similar.nearest`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(
        self,
        workspace: Workspace,
        post_id: UUID,
        *,
        limit: int,
        min_similarity: float = 0.0,
        near_duplicates: bool = False,
    ) -> list[SimilarPost]:
        """The posts of the workspace most similar to one of them, without itself.

        Args:
            workspace: whose.
            post_id: which.
            limit: how many at most.
            min_similarity: 0 to 1; less similar ones are left out.
            near_duplicates: whether to leave out all others.

        Raises:
            InvalidRequest: there is no such post, it has no vector, or there are too many posts
                for a database without pgvector.
            StoreUnavailable: Postgres cannot be asked.
        """
        async with self._database.transaction(workspace.id, timeout_s=_TIMEOUT_S) as connection:
            post = await _post(connection, workspace.id, post_id)
            vector = await vector_of(connection, workspace.id, post_id)
            if vector is None:
                raise invalid_request("no-vector", _why_not(post), "")
            found = await nearest(connection, workspace.id, post_id, vector)
            least = max(min_similarity, LEAST_SIMILARITY if near_duplicates else 0.0)
            near = {id: similarity for id, similarity in found if similarity >= least}
            ids = list(near) if near_duplicates else list(near)[:limit]
            posts = await repository.find(connection, workspace.id, ids)
        pairs = [(posts[id], near[id]) for id in ids if id in posts]
        similar = await asyncio.to_thread(_compared, post, pairs)
        return [each for each in similar if each.near_duplicate or not near_duplicates][:limit]


def _compared(post: Post, found: Sequence[tuple[Post, float]]) -> list[SimilarPost]:
    text = post.content.text
    return [
        SimilarPost(other, similarity, shared_words(text, other.content.text))
        for other, similarity in found
    ]


async def _post(connection: Connection, workspace: int, post_id: UUID) -> Post:
    posts = await repository.find(connection, workspace, [post_id])
    if post_id not in posts:
        raise invalid_request("unknown-post", f"There is no post {post_id}.", "")
    return posts[post_id]


def _why_not(post: Post) -> str:
    """Why a post has no vector."""
    if post.state != "analysed":
        return f"The post is {post.state}: similar ones are found once it is analysed."
    keywords = (post.analysis() or {}).get("keywords", {})
    if keywords.get("status") == "ok":
        return (
            "The post's text has no vector: it has no word to compare, or was analysed by a "
            "release or a backend that makes none."
        )
    return f"The post's keywords have no result: {keywords.get('detail')}"
