"""Calls of a client, each written once, as a coroutine, and given to callers in two ways.

``create, create_async = both(_create)``: the first waits, the second is awaited. Both run in the
client's own event loop. Likewise ``each`` for what comes one by one.
"""

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from serve_app.client.background_loop import BackgroundLoop

P = ParamSpec("P")
T = TypeVar("T")


class InLoop(Protocol):
    """Whose coroutines run in a loop of their own."""

    @property
    def loop(self) -> BackgroundLoop:
        """That loop."""
        ...


Client = TypeVar("Client", bound=InLoop)


def both(
    method: Callable[Concatenate[Client, P], Coroutine[Any, Any, T]],
) -> tuple[
    Callable[Concatenate[Client, P], T],
    Callable[Concatenate[Client, P], Coroutine[Any, Any, T]],
]:
    """The call that waits for the method's result, and the one that is awaited."""

    @wraps(method)
    def call(self: Client, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self.loop.run(method(self, *args, **kwargs))

    @wraps(method)
    async def call_async(self: Client, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.loop.run_async(method(self, *args, **kwargs))

    _name(method, call, call_async)
    return call, call_async


def each(
    method: Callable[Concatenate[Client, P], AsyncIterator[Sequence[T]]],
) -> tuple[
    Callable[Concatenate[Client, P], Iterator[T]],
    Callable[Concatenate[Client, P], AsyncIterator[T]],
]:
    """Two iterators, for ``for`` and ``async for``, over what the method gives in portions."""

    @wraps(method)
    def call(self: Client, /, *args: P.args, **kwargs: P.kwargs) -> Iterator[T]:
        portions = method(self, *args, **kwargs)
        try:
            while (portion := self.loop.run(_next(portions))) is not None:
                yield from portion
        finally:
            if not self.loop.stopped:
                self.loop.run(_close(portions))

    @wraps(method)
    async def call_async(self: Client, /, *args: P.args, **kwargs: P.kwargs) -> AsyncIterator[T]:
        portions = method(self, *args, **kwargs)
        try:
            while (portion := await self.loop.run_async(_next(portions))) is not None:
                for item in portion:
                    yield item
        finally:
            if not self.loop.stopped:
                await self.loop.run_async(_close(portions))

    _name(method, call, call_async)
    return call, call_async


async def _next(portions: AsyncIterator[Sequence[T]]) -> Sequence[T] | None:
    return await anext(portions, None)


async def _close(portions: AsyncIterator[Any]) -> None:
    """End a generator that is not read to its end."""
    close = getattr(portions, "aclose", None)
    if close is not None:
        await close()


def _name(method: Callable[..., Any], call: Callable[..., Any], later: Callable[..., Any]) -> None:
    """Name the calls as their class does."""
    folder, _, name = method.__qualname__.rpartition(".")
    for function, suffix in ((call, ""), (later, "_async")):
        function.__name__ = name.lstrip("_") + suffix
        function.__qualname__ = f"{folder}.{function.__name__}"
