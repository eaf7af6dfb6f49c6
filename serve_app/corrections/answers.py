"""Answers that are kept nowhere, as they count in a workspace with rules.

The service and its caches know nothing of rules: it is asked for all keywords, in code points, and
what the caller chose is applied to the corrected answer. Where rules do not touch a text, its
answer is that of the service, byte for byte, at the cost of one look at the text.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

import orjson

from serve_app.answer_progress import AnswerProgress
from serve_app.corrections.overlay import overlay
from serve_app.corrections.rule_set import RuleSet
from serve_app.pending_post import Answer
from serve_app.problems import Problem
from serve_app.request.post import MAX_TOP_N, PostRequest
from serve_app.response.offsets import convert
from serve_app.service import Answering, Turns


@dataclass(frozen=True, slots=True)
class _AnsweredText:
    """A text without author and tags: rules that are for some are not for it."""

    text: str
    language: str | None = None
    author: str | None = None
    tags: Sequence[str] = ()


class CorrectedAnswers:
    """The service, for the callers of a workspace with rules; an :class:`Answering`."""

    def __init__(self, service: Answering, rules: RuleSet) -> None:
        self._service = service
        self._rules = rules

    async def analyze(self, post: PostRequest, progress: AnswerProgress | None = None) -> bytes:
        """See :meth:`serve_app.service.Service.analyze`.

        Rules look at the whole answer: no section of a text that they touch is told of alone.
        """
        if not self._rules.touches(post.text):
            return await self._service.analyze(post, progress)
        quiet = progress if progress and not progress.on_section else None
        answer = await self._service.analyze(_whole(post), quiet)
        return corrected_answer(self._rules, post, answer)

    async def analyze_many(self, posts: Sequence[PostRequest]) -> list[Answer]:
        """See :meth:`serve_app.service.Service.analyze_many`."""
        touched = self._touched(posts)
        answers = await self._service.analyze_many(_asked(posts, touched))
        return list(self._corrected(posts, touched, answers))

    def take_on(
        self, posts: Sequence[PostRequest], *, bulk: bool = False
    ) -> AbstractContextManager[Turns]:
        """See :meth:`serve_app.service.Service.take_on`."""
        return self._service.take_on(posts, bulk=bulk)

    async def analyze_in_turn(self, posts: Sequence[PostRequest], turns: Turns) -> list[Answer]:
        """See :meth:`serve_app.service.Service.analyze_in_turn`."""
        touched = self._touched(posts)
        answers = await self._service.analyze_in_turn(_asked(posts, touched), turns)
        return list(self._corrected(posts, touched, answers))

    def _touched(self, posts: Sequence[PostRequest]) -> list[bool]:
        return [self._rules.touches(post.text) for post in posts]

    def _corrected(
        self, posts: Sequence[PostRequest], touched: Sequence[bool], answers: Sequence[Answer]
    ) -> Iterator[Answer]:
        for post, is_touched, answer in zip(posts, touched, answers, strict=True):
            if is_touched and not isinstance(answer, Problem):
                yield corrected_answer(self._rules, post, answer)
            else:
                yield answer


def corrected_answer(rules: RuleSet, post: PostRequest, answer: bytes) -> bytes:
    """The answer as it counts by the rules of a workspace.

    Args:
        rules: of the workspace.
        post: as it was asked for.
        answer: with all keywords, offsets in code points.
    """
    corrected = dict(overlay(rules, (), _AnsweredText(post.text), orjson.loads(answer)))
    if "items" in corrected.get("keywords", {}):
        corrected["keywords"] = _first_keywords(corrected["keywords"], post.top_n)
    return orjson.dumps(convert(corrected, post.text, post.offsets))


def _whole(post: PostRequest) -> PostRequest:
    """A request for all that the caller may be shown."""
    return replace(post, top_n=MAX_TOP_N, offsets="codepoint")


def _asked(posts: Sequence[PostRequest], touched: Sequence[bool]) -> list[PostRequest]:
    pairs = zip(posts, touched, strict=True)
    return [_whole(post) if is_touched else post for post, is_touched in pairs]


def _first_keywords(section: Mapping[str, Any], count: int) -> dict[str, Any]:
    """The first keywords, and what was corrected among those that would have been the first."""
    shown = {**section, "items": section["items"][:count]}
    entries = [
        entry
        for entry in section.get("corrected", ())
        if entry["now"] in shown["items"] or (entry["index"] or 0) < count
    ]
    shown.pop("corrected", None)
    return {**shown, "corrected": entries} if entries else shown
