"""What can go wrong between a caller and PostLens, whichever way it is reached.

    PostLensError
    ├── RequestRefused        the service understood the request and said no: see ``problem``
    ├── ServiceUnreachable    nobody answered, or only "not now", also after the retries
    ├── ServiceFailed         something answered that a working PostLens never answers
    └── ImportStopped         a file was imported in part; in serve_app.client.posts.transfer

One post of many that cannot be analysed raises nothing: it comes back in its place as an
:class:`AnalysisProblem`. Knows neither HTTP nor Ray.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class AnalysisProblem:
    """Why one post was not analysed (the members of an RFC 9457 problem).

    Attributes:
        type: stable name of the kind of problem.
        status: the HTTP status that goes with it.
        title: the kind of problem in words.
        detail: what is wrong with this post.
        pointer: where in the post, as a JSON pointer; empty for the whole of it.
        fix: what to change.
        id: the post's id, where it has one.
    """

    type: str
    status: int
    title: str
    detail: str
    pointer: str = ""
    fix: str = ""
    id: str | None = None

    @classmethod
    def from_json(cls, problem: Mapping[str, Any], *, post_id: str | None = None) -> Self:
        """The problem behind the JSON object of an error answer."""
        return cls(
            type=str(problem.get("type", "about:blank")),
            status=int(problem.get("status", 500)),
            title=str(problem.get("title", "")),
            detail=str(problem.get("detail", "")),
            pointer=str(problem.get("pointer") or ""),
            fix=str(problem.get("fix") or ""),
            id=post_id,
        )

    def __str__(self) -> str:
        where = f" (at {self.pointer})" if self.pointer else ""
        return f"{self.detail or self.title}{where} {self.fix}".strip()


class PostLensError(Exception):
    """A request to PostLens could not be answered."""


class RequestRefused(PostLensError):
    """The service refused the request.

    Attributes:
        problem: the whole answer; its members are attributes of the exception, too.
    """

    def __init__(self, problem: AnalysisProblem) -> None:
        super().__init__(problem)
        self.problem = problem
        self.type = problem.type
        self.status = problem.status
        self.detail = problem.detail
        self.pointer = problem.pointer
        self.fix = problem.fix


class ServiceUnreachable(PostLensError):
    """Nobody answered, or only "not now", also after the retries."""


class ServiceFailed(PostLensError):
    """Something answered that a working PostLens never answers."""
