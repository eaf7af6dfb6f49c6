"""Posts of a request counted against the limits of its key, on whatever route they come."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request

from serve_app.api.authentication import principal_of
from serve_app.problems import Problem
from serve_app.quotas.answer import Standing
from serve_app.quotas.limits import Cost
from serve_app.quotas.quotas import Quotas

#: Where in ASGI's scope the :class:`Quotas` are; None where nothing is counted.
QUOTAS = "postlens.quotas"
#: Where in ASGI's scope the headers are put that tell what is left of the limits.
LIMIT_HEADERS = "postlens.limit_headers"
#: What a route that takes posts may answer for them.
LIMIT_PROBLEMS = ("rate-limited", "quota-exhausted")


async def count_posts(request: Request, posts: int, characters: int) -> None:
    """Count the posts of a request, all of them or none.

    Args:
        request: with its caller.
        posts: that are valid; a request without any counts nothing.
        characters: of their texts.

    Raises:
        InvalidRequest: they are beyond a limit of the key.
    """
    quotas: Quotas | None = request.scope.get(QUOTAS)
    if quotas is None or not posts:
        return
    caller = principal_of(request)
    cost = Cost(posts, characters)
    standing = await quotas.admit(caller.workspace, caller.key, caller.quota, cost)
    if standing is not None:
        headers = request.scope.setdefault(LIMIT_HEADERS, [])
        headers += [(n.lower().encode(), value.encode()) for n, value in standing.headers()]


@dataclass(slots=True)
class RowCounting:
    """The posts of a file, counted while it streams: those beyond a limit are refused one by one.

    Attributes:
        request: whose file it is.
        begun: whether the request is counted already.
    """

    request: Request
    begun: bool = False

    async def __call__(self, characters: Sequence[int]) -> list[Problem | None]:
        """For each post by its length: None where it is counted, or why it is not."""
        quotas: Quotas | None = self.request.scope.get(QUOTAS)
        if quotas is None or not characters:
            return [None] * len(characters)
        fits, standing = len(characters), None
        while fits:
            standing = await self._take(quotas, characters[:fits])
            if standing is None or standing.fits:
                break
            fits = standing.fitting(characters[: fits - 1])
        refused: list[Problem | None] = []
        if standing is not None and fits < len(characters):
            problem = standing.refusal(Cost(1, characters[fits]))
            refused = [problem] * (len(characters) - fits)
        return [*[None] * fits, *refused]

    async def _take(self, quotas: Quotas, characters: Sequence[int]) -> Standing | None:
        caller = principal_of(self.request)
        cost = Cost(len(characters), sum(characters), 0 if self.begun else 1)
        standing = await quotas.take(caller.workspace, caller.key, caller.quota, cost)
        self.begun = self.begun or standing is None or standing.fits
        return standing
