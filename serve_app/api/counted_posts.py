"""Posts of a request counted against the limits of its key, on whatever route they come."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request

from serve_app.api.authentication import principal_of
from serve_app.errors import InvalidRequest
from serve_app.problems import Problem
from serve_app.quotas.limits import Cost
from serve_app.quotas.quotas import Quotas

#: Where in ASGI's scope the :class:`Quotas` are; None where nothing is counted.
QUOTAS = "postlens.quotas"
#: Where in ASGI's scope the headers are put that tell what is left of the limits.
LIMIT_HEADERS = "postlens.limit_headers"
#: What a route that takes posts may answer for them.
LIMIT_PROBLEMS = ("rate-limited", "quota-exhausted")


async def count_posts(
    request: Request, posts: int, characters: int, *, at_once: bool = True
) -> None:
    """Count the posts of a request, all of them or none.

    Args:
        request: with its caller.
        posts: that are valid; a request without any counts nothing.
        characters: of their texts.
        at_once: whether they are held to the minute; what is analysed in turns is not.

    Raises:
        InvalidRequest: they are beyond a limit of the key.
    """
    quotas: Quotas | None = request.scope.get(QUOTAS)
    if quotas is None or not posts:
        return
    caller = principal_of(request)
    cost = Cost(posts, characters)
    if caller.quota is None:  # asks nobody: this is the path of cached answers
        quotas.count(caller.workspace, caller.key, cost)
        return
    quota = caller.quota if at_once else caller.quota.of_month()
    standing = await quotas.take(caller.workspace, quota, cost)
    if not standing.fits:
        raise InvalidRequest(standing.refusal(cost))
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
        caller, fits = principal_of(self.request), len(characters)
        if caller.quota is None:
            quotas.count(caller.workspace, caller.key, self._cost(characters))
            self.begun = True
            return [None] * fits
        standing = await quotas.take(caller.workspace, caller.quota, self._cost(characters))
        while not standing.fits and (fits := standing.fitting(characters[: fits - 1])):
            cost = self._cost(characters[:fits])
            standing = await quotas.take(caller.workspace, caller.quota, cost)
        self.begun = self.begun or standing.fits
        beyond = len(characters) - fits
        problem = standing.refusal(Cost(1, characters[fits])) if beyond else None
        return [None] * fits + [problem] * beyond

    def _cost(self, characters: Sequence[int]) -> Cost:
        return Cost(len(characters), sum(characters), 0 if self.begun else 1)
