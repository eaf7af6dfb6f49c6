"""Posts as they were, and what changed from one text to another."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from deployments.results import Analysis
from deployments.wire import decode_kept_analysis
from serve_app.client.calls import both
from serve_app.client.connection import Resource, path_of
from serve_app.client.decoding import decode
from serve_app.client.posts.comparison import Comparison
from serve_app.client.posts.kept_post import PostId


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One text of a post, with the analysis that it had."""

    revision: int
    revised_at: datetime
    text: str
    state: str
    failure: str | None
    analysis: Analysis | None


class PostComparing(Resource):
    """Revisions of posts, and comparisons."""

    async def _revisions(self, post_id: PostId, *, limit: int | None = None) -> list[Revision]:
        """The texts that a post has had, newest first, the present one included.

        Raises:
            RequestRefused: there is no such post.
        """
        path = path_of("posts", post_id, "revisions")
        answer = await self._connection.json("GET", path, query={"limit": limit})
        return [_revision(item) for item in answer["items"]]

    revisions, revisions_async = both(_revisions)

    async def _compare(
        self,
        post_id: PostId,
        *,
        from_revision: int | None = None,
        to_revision: int | None = None,
        with_post: PostId | None = None,
        with_draft: str | None = None,
    ) -> Comparison:
        """What changed between two texts of a post, or from a post to another, or to a draft.

        Args:
            post_id: which.
            from_revision: of it; by default the latest but one, or the latest where something else
                is compared with.
            to_revision: of it, or of ``with_post``; by default the latest.
            with_post: another post.
            with_draft: a text that is analysed and not kept.

        Raises:
            RequestRefused: there is no such post or revision.
            ValueError: two things are compared with.
        """
        if with_draft is not None:
            if with_post is not None or to_revision is not None:
                raise ValueError("A draft stands alone: leave out with_post and to_revision.")
            old = {"post": str(post_id), "revision": from_revision}
            body = {"from": old, "to": {"text": with_draft}}
            answer = await self._connection.json("POST", path_of("posts:compare"), body=body)
        else:
            answer = await self._connection.json(
                "GET",
                path_of("posts", post_id, "compare"),
                query={"from": from_revision, "to": to_revision, "with": with_post},
            )
        return decode(Comparison, answer)

    compare, compare_async = both(_compare)

    async def _compare_drafts(self, old: str, new: str) -> Comparison:
        """What changed from one text to another; both are analysed, and neither is kept."""
        body = {"from": {"text": old}, "to": {"text": new}}
        path = path_of("posts:compare")
        return decode(Comparison, await self._connection.json("POST", path, body=body))

    compare_drafts, compare_drafts_async = both(_compare_drafts)


def _revision(shown: Mapping[str, Any]) -> Revision:
    analysis = shown["analysis"]
    return Revision(
        revision=shown["revision"],
        revised_at=datetime.fromisoformat(shown["revised_at"]),
        text=shown["text"],
        state=shown["state"],
        failure=shown["failure"] and shown["failure"]["reason"],
        analysis=decode_kept_analysis(analysis) if analysis else None,
    )
