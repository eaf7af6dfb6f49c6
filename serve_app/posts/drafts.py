"""Posts as they are to be: new ones, edited ones, analysed ones.

Pure: the rules of what a change makes of a post. Knows no database.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from serve_app.posts.changes import Analysed
from serve_app.posts.content import PostContent
from serve_app.posts.outcome import AnalysisOutcome
from serve_app.posts.post import Post
from serve_app.posts.repository import LockedPost
from serve_app.posts.stored_analysis import encode_analysis
from serve_app.posts.terms import Findable, findable
from serve_app.request.post import PostRequest
from serve_app.store.uuid7 import time_of, uuid7s


class Draft(NamedTuple):
    """A post as it is to be: in the place of a locked one, or new.

    ``vector`` is that of its text, where it has just been analysed.
    """

    locked: LockedPost | None
    post: Post
    due_at: datetime | None
    searchable: bool = True
    vector: bytes = b""

    @property
    def differs(self) -> bool:
        """Whether there is anything to write."""
        return self.locked is None or self.post != self.locked.post

    @property
    def written(self) -> Post:
        """The post as it is once it is written: a change counts one version more."""
        post = self.post
        return replace(post, version=post.version + 1) if self.locked and self.differs else post

    @property
    def changed_vector(self) -> bytes | None:
        """By what similar posts are found from now on; None where that stays as it is."""
        if self.locked is None:
            return self.vector
        before, after = self.locked.post, self.post
        stays = (before.revision, before.state) == (after.revision, after.state)
        return None if stays and not self.vector else self.vector


@dataclass(frozen=True, slots=True)
class IncomingPosts:
    """What :meth:`Posts.write` writes."""

    contents: Sequence[PostContent]
    digests: Sequence[str]
    outcomes: Sequence[AnalysisOutcome] | None
    due_at: datetime
    searchable: bool

    def ids(self) -> list[UUID]:
        """An id for each, one for those with one external id."""
        by_name: dict[str, UUID] = {}
        return [
            by_name.setdefault(content.external_id, id) if content.external_id else id
            for content, id in zip(self.contents, uuid7s(len(self.contents)), strict=True)
        ]

    def post(self, index: int, id: UUID, locked: LockedPost | None) -> Draft:
        """The post of one content, in the place of the locked one if there is one."""
        content, text_digest = self.contents[index], self.digests[index]
        if locked:
            post = edited(locked.post, content, text_digest)
        else:
            post = _new(id, content, text_digest)
        outcome = self.outcomes[index] if self.outcomes else None
        if post.state == "pending" and outcome and outcome.complete:
            return Draft(locked, ended(post, outcome), None, vector=outcome.vector)
        due_at = self.due_at if post.state == "pending" else None
        return Draft(locked, post, due_at, self.searchable or post.state != "pending")


def analysis_request(text: str, salt: bytes) -> PostRequest:
    """The request that analyses a kept post, with all keywords."""
    return PostRequest(text, salt=salt, top_n=50)


def _new(id: UUID, content: PostContent, text_digest: str) -> Post:
    now = time_of(id)
    content = content if content.published_at else replace(content, published_at=now)
    return Post(
        id=id, content=content, created_at=now, updated_at=now, version=1, revision=1,
        revised_at=now, state="pending", failure=None, attempts=0, digest=text_digest,
        encoded_analysis=None,
    )  # fmt: skip


def edited(post: Post, content: PostContent, text_digest: str) -> Post:
    """The post with another content; another text is another revision, which is to be analysed."""
    content = replace(content, published_at=content.published_at or post.created_at)
    if content == post.content and post.state != "failed":
        return post
    now = datetime.now(UTC)
    edited = replace(post, content=content, updated_at=now)
    if content.text == post.content.text and post.state != "failed":
        return edited
    edited = replace(
        edited, state="pending", failure=None, attempts=0, digest=text_digest, encoded_analysis=None
    )
    if content.text == post.content.text:
        return edited
    return replace(edited, revision=post.revision + 1, revised_at=now)


def queued(post: Post) -> Post:
    """The post as it waits to be analysed anew, in the same revision."""
    if post.state == "pending":
        return post
    return replace(
        post, state="pending", failure=None, attempts=0, encoded_analysis=None,
        updated_at=datetime.now(UTC),
    )  # fmt: skip


def ended(post: Post, outcome: AnalysisOutcome) -> Post:
    """The pending post with what became of its analysis in the end."""
    if outcome.analysis is None:
        return replace(post, state="failed", failure=outcome.reason)
    return replace(post, state="analysed", encoded_analysis=encode_analysis(outcome.analysis))


def analysed_of(post: Post) -> Analysed:
    """A post that has an analysis, as others lay over it what people have put right."""
    content, analysis = post.content, post.analysis()
    return Analysed(
        id=post.id,
        revision=post.revision,
        text=content.text,
        author=content.author,
        tags=content.tags,
        language=content.language,
        analysis={} if analysis is None else analysis,
    )


def findable_of(post: Post, analysis: Mapping[str, Any] | None) -> Findable:
    """What a post is found by, with the analysis that counts."""
    content = post.content
    return findable(
        analysis,
        language=content.language,
        author=content.author,
        url=content.url,
        tags=content.tags,
        published_at=post.published_at,
    )
