"""What the routes need of the service behind them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from serve_app.request.post import PostRequest


class Backend(Protocol):
    """The service as the routes see it; every answer is JSON, complete and encoded."""

    async def analyze(self, post: PostRequest, /) -> bytes:
        """The answer to one post."""
        ...

    async def analyze_many(self, posts: Sequence[PostRequest], /) -> Sequence[bytes]:
        """The answers to the posts, as many, in their order."""
        ...

    async def find(self, digest: str, /) -> bytes | None:
        """The stored answer for a digest; None where there is none.

        Raises:
            StoreUnavailable: nobody can tell now.
        """
        ...

    async def ready(self) -> Mapping[str, str]:
        """For each analysis ``ok``, or why it does not answer."""
        ...

    async def metrics(self) -> bytes:
        """The node's metrics as Prometheus text."""
        ...


#: Called for each request, since the routes are built before the service has started;
#: raises :class:`serve_app.errors.NotReady` until then.
BackendSource = Callable[[], Backend]
