"""Kept posts analysed again with the present versions, and what came out otherwise.

Posts whose analyses are all of the present versions are left as they are. Knows no queue.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol
from uuid import UUID

import orjson

from deployments.results import ANALYSES
from serve_app.jobs.flips import Flips, counted_flips, flips_between
from serve_app.jobs.items import JobItem
from serve_app.pending_post import AnswerWithVector
from serve_app.posts.drafts import analysis_request
from serve_app.posts.outcome import AnalysisOutcome, outcome_of
from serve_app.posts.post import Post
from serve_app.request.post import PostRequest


class VectorAnalyses(Protocol):
    """What a replay needs of the service."""

    async def analyze_with_vectors(
        self, posts: Sequence[PostRequest], *, bulk: bool = False
    ) -> list[AnswerWithVector]:
        """The answers to the posts, in their order, and the vectors of their texts."""
        ...


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of some posts.

    Attributes:
        lines: of those that are through.
        reasons: why the others are not, by index.
        flips: counted.
        revisions: of the posts that were analysed, by id.
        outcomes: to be saved, by post.
    """

    lines: list[bytes]
    reasons: Mapping[int, str]
    flips: Flips
    revisions: Mapping[UUID, int]
    outcomes: Mapping[UUID, AnalysisOutcome]


def is_outdated(post: Post, versions: Mapping[str, str]) -> bool:
    """Whether an analysis of the post is of another version, or there is none."""
    if post.state == "pending":
        return False  # it will be analysed by the present versions anyway
    analysis = post.analysis() or {}
    return any(_version(analysis.get(name, {})) != versions.get(name) for name in ANALYSES)


async def replayed(
    analyses: VectorAnalyses,
    versions: Mapping[str, str],
    posts: Mapping[JobItem, Post],
    *,
    salt: bytes,
    timeout_ms: int,
) -> Replayed:
    """Analyse the outdated ones of these posts.

    Args:
        analyses: reads their texts.
        versions: the present ones, by analysis.
        posts: by item.
        salt: of the workspace's addresses in the caches.
        timeout_ms: of all of them.

    Raises:
        ServiceOverloaded: too much is waiting.
    """
    old = {item: post for item, post in posts.items() if is_outdated(post, versions)}
    requests = [_request(post, salt, timeout_ms) for post in old.values()]
    answers = await analyses.analyze_with_vectors(requests, bulk=True) if requests else []
    outcomes = {item: outcome_of(answer) for item, answer in zip(old, answers, strict=True)}
    through = {item: each for item, each in outcomes.items() if each.complete}
    flips = {
        item: flips_between(old[item].analysis() or {}, each.analysis or {})
        for item, each in through.items()
    }
    unchanged: dict[JobItem, dict[str, Any]] = {item: {} for item in posts if item not in old}
    return Replayed(
        lines=[_line(item, of_post) for item, of_post in {**unchanged, **flips}.items()],
        reasons={i.index: each.reason for i, each in outcomes.items() if not each.complete},
        flips=counted_flips({str(old[item].id): of_post for item, of_post in flips.items()}),
        revisions={old[item].id: old[item].revision for item in through},
        outcomes={old[item].id: each for item, each in through.items()},
    )


def _request(post: Post, salt: bytes, timeout_ms: int) -> PostRequest:
    return replace(analysis_request(post.content.text, salt), timeout_ms=timeout_ms)


def _line(item: JobItem, flips: Mapping[str, Any]) -> bytes:
    line = {"index": item.index, "status": "ok", "id": item.id, "flips": flips}
    return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)


def _version(section: Mapping[str, Any]) -> str | None:
    version: str | None = (section.get("model") or {}).get("digest")
    return version
