"""What is done about the drafts of one channel, and in which order.

A text that comes ends the work on the one before it. While somebody types, the sentences that have
changed are read by themselves, and what is known of the others holds; once a text has stood
still for a moment, all of it is analysed as any post, and that answer is the one that counts.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from typing import Any

import orjson

from deployments.results import Status
from deployments.text.document import Document
from serve_app.answer_parts import SectionPart, answer_parts
from serve_app.drafts.marks import PLACES, PartMarks
from serve_app.drafts.messages import (
    TypedText,
    done_message,
    marks_message,
    problem_message,
    section_message,
)
from serve_app.drafts.parts import DraftPart, parts_of
from serve_app.errors import ServiceOverloaded
from serve_app.logs import request_id
from serve_app.problems import Problem
from serve_app.request.post import MAX_CHARACTERS, PostRequest
from serve_app.service import Answering

#: A text that stands still so long is analysed whole: longer than between two keys, shorter
#: than what a reader calls waiting.
PAUSE_S = 0.4
#: More changed text than this is no typing: it is read once, in the whole answer.
CHANGED_CHARACTERS = 1_000
#: Of sentences that are read between two whole answers, which alone count as posts.
READ_AHEAD_CHARACTERS = MAX_CHARACTERS
#: Splitting a longer text is for a thread.
_INLINE_CHARACTERS = 4_000


@dataclass(slots=True)
class DraftCounts:
    """What all channels of a replica have done since its start.

    Attributes:
        channels: that are open.
        texts: that came.
        superseded: whose work was ended by a newer text.
        sentences_read: by themselves.
        sentences_reused: that were known.
        answered: whole.
    """

    channels: int = 0
    texts: int = 0
    superseded: int = 0
    sentences_read: int = 0
    sentences_reused: int = 0
    answered: int = 0


@dataclass(frozen=True, slots=True)
class DraftServices:
    """Who answers the drafts of a channel at this moment.

    Attributes:
        whole: answers posts.
        sentences: likewise, and keeps nothing.
        salt: of the workspace; see :class:`PostRequest`.
    """

    whole: Answering
    sentences: Answering
    salt: bytes = b""


class _CallerGoneError(Exception):
    """There is nobody to answer."""


class DraftChannel:
    """One caller who types."""

    def __init__(
        self,
        services: Callable[[], DraftServices],
        send: Callable[[str], Awaitable[None]],
        count_post: Callable[[int], Awaitable[None]],
        problem_of: Callable[[Exception], Problem],
        counts: DraftCounts,
    ) -> None:
        """Nothing has been typed.

        Args:
            services: asked anew for each text, as the rules of a workspace change.
            send: a message to the caller; raises OSError where there is none any more.
            count_post: of so many characters; raises InvalidRequest beyond a limit.
            problem_of: what to tell of an error.
            counts: kept up.
        """
        self._services = services
        self._send = send
        self._count_post = count_post
        self._problem_of = problem_of
        self._counts = counts
        self._marks = PartMarks()
        self._shape: object = None
        self._read_ahead = 0  # characters that may be read before the next whole answer
        self._arrived_at = -PAUSE_S
        self._work: asyncio.Task[None] | None = None

    def take(self, draft: TypedText) -> None:
        """Work on this text, and on none before it."""
        self._counts.texts += 1
        self._cancel()
        now = time.monotonic()
        was_still = now - self._arrived_at >= PAUSE_S
        self._arrived_at = now
        self._work = asyncio.get_running_loop().create_task(self._answer(draft, was_still))

    async def close(self) -> None:
        """End the work."""
        self._cancel()
        if self._work:
            with suppress(asyncio.CancelledError):
                await self._work

    def _cancel(self) -> None:
        if self._work and not self._work.done():
            self._work.cancel()
            self._counts.superseded += 1

    async def _answer(self, draft: TypedText, was_still: bool) -> None:
        try:
            await self._answer_in_steps(draft, was_still)
        except _CallerGoneError:
            pass
        except Exception as error:
            message = problem_message(draft.id, self._problem_of(error), request_id.get())
            with suppress(_CallerGoneError):
                await self._tell(message)

    async def _tell(self, message: str) -> None:
        try:
            await self._send(message)
        except OSError as error:
            raise _CallerGoneError from error

    async def _answer_in_steps(self, draft: TypedText, was_still: bool) -> None:
        await asyncio.sleep(0)  # of texts that come together only the last begins
        services = self._services()
        post = replace(draft.post, salt=services.salt)
        self._forget_if_asked_otherwise(post)
        document = await _document(post.text)
        parts = parts_of(document, post.offsets)
        changed = self._marks.unknown(parts)
        if self._can_read_ahead(post, changed):
            sentences = sum(part.is_sentence for part in parts)
            self._counts.sentences_reused += sentences - len(changed)
            await self._read(changed, post, services.sentences)
            marks = self._marks.of(parts, post.analyses)
            await self._tell(marks_message(draft.id, marks))
            await self._pause()
        elif not was_still:
            await self._pause()
        await self._answer_whole(draft.id, post, parts, services.whole)

    def _forget_if_asked_otherwise(self, post: PostRequest) -> None:
        shape = (post.analyses, post.offsets)
        if shape != self._shape:
            self._marks.clear()
            self._shape = shape

    def _can_read_ahead(self, post: PostRequest, changed: Sequence[DraftPart]) -> bool:
        characters = sum(len(part.text) for part in changed)
        most = min(CHANGED_CHARACTERS, self._read_ahead)
        return bool(self._read_ahead and PLACES.keys() & set(post.analyses) and characters <= most)

    async def _read(
        self, changed: Sequence[DraftPart], post: PostRequest, service: Answering
    ) -> None:
        """Know of each of these sentences what reading it by itself tells."""
        analyses = tuple(name for name in post.analyses if name in PLACES)
        posts = [
            replace(post, text=part.text, language=part.language, analyses=analyses)
            for part in changed
        ]
        self._counts.sentences_read += len(changed)
        self._read_ahead -= sum(len(part.text) for part in changed)
        try:
            answers = await service.analyze_many(posts) if posts else []
        except ServiceOverloaded:
            return  # the whole answer is asked for all the same
        for part, answer in zip(changed, answers, strict=True):
            if not isinstance(answer, Problem):
                sections = orjson.loads(answer)
                if all(_is_final(sections[name]) for name in analyses):
                    marks = {name: sections[name].get(PLACES[name], ()) for name in analyses}
                    self._marks.learn(part, marks)

    async def _pause(self) -> None:
        await asyncio.sleep(max(0.0, self._arrived_at + PAUSE_S - time.monotonic()))

    async def _answer_whole(
        self, id: int, post: PostRequest, parts: Sequence[DraftPart], service: Answering
    ) -> None:
        await self._count_post(len(post.text))
        self._read_ahead = READ_AHEAD_CHARACTERS
        told: dict[str, Any] = {}
        async with aclosing(answer_parts(service, post)) as answer:
            async for part in answer:
                if isinstance(part, SectionPart):
                    told |= {part.name: orjson.loads(part.body)} if part.name in PLACES else {}
                    await self._tell(section_message(id, part.name, part.body))
                else:
                    if all(map(_is_final, told.values())):
                        self._marks.learn_whole(parts, told)
                    self._counts.answered += 1
                    await self._tell(done_message(id, part))


async def _document(text: str) -> Document:
    if len(text) <= _INLINE_CHARACTERS:
        return Document.read(text)
    return await asyncio.to_thread(Document.read, text)


def _is_final(section: dict[str, Any]) -> bool:
    """Whether the analysis has said what it can say; without a result it has no places."""
    return section["status"] in (Status.OK, Status.UNSUPPORTED_LANGUAGE)
