"""The texts that a post has had, each with its analysis; and drafts, which nobody keeps.

Holds which of them a caller means; what changed between two is :mod:`serve_app.posts.compare`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from serve_app.errors import InvalidRequest
from serve_app.posts.changes import Analysed, NoCorrections, Overlay
from serve_app.posts.compare import AnalysedText
from serve_app.posts.drafts import analysis_request
from serve_app.posts.posts import TextAnalyses
from serve_app.posts.repository import MAX_REVISIONS
from serve_app.posts.stored_analysis import decode_analysis
from serve_app.problems import Problem, problem
from serve_app.response.timestamps import rfc3339
from serve_app.store.connection import Connection, QueryRow
from serve_app.store.database import Database
from serve_app.store.queries import query
from serve_app.workspaces.directory import Workspace

#: Texts of a post at most: the latest, and the earlier ones.
MOST_TEXTS = MAX_REVISIONS + 1
_NO_POST = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Revision:
    """One text of a post.

    Attributes:
        post_id: whose.
        revision: counts the changes of the text, from 1.
        revised_at: when it became the post's text.
        state: of its analysis: ``pending``, ``analysed`` or ``failed``. That of an earlier text
            stays what it was when the next one came.
        failure: why it is ``failed``; None otherwise.
        text: as it was sent.
        counting: the analysis as it counts, corrections included; None unless it is ``analysed``.
    """

    post_id: UUID
    revision: int
    revised_at: datetime
    state: str
    failure: str | None
    text: str
    counting: Mapping[str, Any] | None

    def as_dict(self) -> dict[str, Any]:
        """The JSON object of the API."""
        return {
            "revision": self.revision,
            "revised_at": rfc3339(self.revised_at),
            "state": self.state,
            "failure": self.failure and {"reason": self.failure},
            "text": self.text,
            "analysis": self.counting,
        }

    def analysed_text(self) -> AnalysedText:
        """As it is compared."""
        return AnalysedText(self.text, self.counting, self.post_id, self.revision, self.revised_at)


class Revisions:
    """Reads the texts of posts, and has drafts analysed."""

    def __init__(
        self,
        database: Database,
        analyses: TextAnalyses,
        *,
        wait_s: float,
        overlay: Overlay | None = None,
    ) -> None:
        """Ready at once.

        Args:
            database: where the posts are.
            analyses: reads drafts.
            wait_s: for the analysis of a draft.
            overlay: what people have put right.
        """
        self._database = database
        self._analyses = analyses
        self._wait_s = wait_s
        self._overlay = overlay or NoCorrections()

    async def newest(
        self, workspace: Workspace, post_id: UUID, *, limit: int = MOST_TEXTS
    ) -> list[Revision]:
        """The latest text of a post and those before it, newest first.

        Raises:
            InvalidRequest: there is no such post.
            StoreUnavailable: Postgres cannot be asked.
        """
        async with self._database.transaction(workspace.id) as connection:
            revisions = await self._find(connection, workspace.id, post_id, None, limit)
        if not revisions:
            raise _unknown_post(post_id, None)
        return revisions

    async def pair(
        self, workspace: Workspace, post_id: UUID, old: int | None, new: int | None
    ) -> tuple[Revision, Revision]:
        """Two texts of a post.

        Args:
            workspace: whose it is.
            post_id: which.
            old: a revision; None is the one before ``new``.
            new: a revision; None is the latest.

        Raises:
            InvalidRequest: there is no such post, or not both revisions.
            StoreUnavailable: Postgres cannot be asked.
        """
        second = await self.one(workspace, post_id, new)
        if old is None and second.revision == 1:
            detail = "Nothing is before revision 1 of the post."
            fix = "Name two revisions, or another post by 'with'."
            raise InvalidRequest(problem("unknown-revision", detail, fix=fix))
        number = second.revision - 1 if old is None else old
        return await self.one(workspace, post_id, number), second

    async def one(
        self,
        workspace: Workspace,
        post_id: UUID,
        revision: int | None,
        *,
        pointer: str | None = None,
    ) -> Revision:
        """One text of a post.

        Args:
            workspace: whose it is.
            post_id: which.
            revision: None is the latest.
            pointer: to what names it in the request's body.

        Raises:
            InvalidRequest: there is no such post, or not this revision.
            StoreUnavailable: Postgres cannot be asked.
        """
        numbers = None if revision is None else [revision]
        async with self._database.transaction(workspace.id) as connection:
            found = await self._find(connection, workspace.id, post_id, numbers, 1)
            if found:
                return found[0]
            row = await connection.fetchrow(_sql("find_revision_range"), workspace.id, post_id)
        if row is None or row["latest"] is None:
            raise _unknown_post(post_id, pointer)
        kept = f"{row['earliest'] or row['latest']} to {row['latest']}"
        detail = f"The post {post_id} has no revision {revision}; it has {kept}."
        raise InvalidRequest(problem("unknown-revision", detail, pointer=pointer))

    async def draft(self, workspace: Workspace, text: str) -> AnalysedText:
        """A text that is no post, analysed as a post's would be; no post is made of it.

        Raises:
            InvalidRequest: its turn did not come in time.
            ServiceOverloaded: there is too much to do.
        """
        timeout_ms = max(1, round(self._wait_s * 1000))
        request = replace(analysis_request(text, workspace.cache_salt), timeout_ms=timeout_ms)
        [answer] = await self._analyses.analyze_many([request])
        if isinstance(answer, Problem):
            raise InvalidRequest(answer)
        post = Analysed(_NO_POST, 0, text, None, (), None, orjson.loads(answer))
        async with self._database.transaction(workspace.id) as connection:
            [counting] = await self._overlay.shown(connection, workspace.id, [post])
        return AnalysedText(text, counting)

    async def _find(
        self,
        connection: Connection,
        workspace: int,
        post_id: UUID,
        numbers: Sequence[int] | None,
        limit: int,
    ) -> list[Revision]:
        """Texts of a post, newest first; of all numbers where none are named."""
        rows = await connection.fetch(_sql("find_revisions"), workspace, post_id, numbers, limit)
        analysed = [_analysed(post_id, row) for row in rows if row["analysis"]]
        counting = await self._overlay.shown(connection, workspace, analysed)
        by_number = {a.revision: c for a, c in zip(analysed, counting, strict=True)}
        return [
            Revision(
                post_id,
                row["revision"],
                row["revised_at"],
                row["state"],
                row["failure"],
                row["text"],
                by_number.get(row["revision"]),
            )
            for row in rows
        ]


def _analysed(post_id: UUID, row: QueryRow) -> Analysed:
    return Analysed(
        id=post_id,
        revision=row["revision"],
        text=row["text"],
        author=row["author"],
        tags=tuple(row["tags"]),
        language=row["language"],
        analysis=decode_analysis(row["analysis"]),
    )


def _unknown_post(post_id: UUID, pointer: str | None) -> InvalidRequest:
    return InvalidRequest(problem("unknown-post", f"There is no post {post_id}.", pointer=pointer))


def _sql(name: str) -> str:
    return query(name, Path(__file__).parent)
