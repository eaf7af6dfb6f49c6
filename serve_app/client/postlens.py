"""The Python client: one class, whether the service is reached over HTTP or through Ray.

Holds the typed calls, sync and async, and how many posts travel together. The two ways
to a service are :mod:`serve_app.client.http` and :mod:`serve_app.client.ray`; what can go
wrong is drawn in :mod:`serve_app.client.errors`. Importing it imports no Ray.
"""

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from types import TracebackType
from typing import Any, Self, TypedDict, Unpack

from deployments.results import Analysis
from deployments.wire import decode_analysis
from serve_app.client.background_loop import BackgroundLoop
from serve_app.client.errors import AnalysisProblem
from serve_app.client.transport import Transport

#: A post as a caller gives it: its text, or an object as in ``POST /v1/analyze``.
Post = str | Mapping[str, Any]

#: The service takes at most so many posts in one request.
BATCH_LIMIT_POSTS = 1_000

#: The posts of one request share its deadline, so fewer travel together than may: at 20 posts
#: a second on a small machine these take 5 s of the service's 30.
_BATCH_POSTS = 100

#: While one batch is answered the next one is already there.
_BATCHES_IN_FLIGHT = 2


class Options(TypedDict, total=False):
    """What a caller may choose; what is not given is the service's default.

    Attributes:
        analyses: which of the five; all by default.
        offsets: the unit of every start and end: codepoint, utf16 or utf8.
        top_n: how many keywords, 1..50.
        timeout_ms: deadline of the whole request; sections that miss it say so.
    """

    analyses: Sequence[str] | None
    offsets: str | None
    top_n: int | None
    timeout_ms: int | None


class PostLens:
    """A running PostLens: posts in, typed analyses out.

    Every call exists twice, ``analyze`` and ``analyze_async`` and so on. One instance may be
    shared by threads and event loops: its connections live in an event loop of its own.

        with PostLens.over_http("http://127.0.0.1:8000") as postlens:
            analysis = postlens.analyze("We are hiring two engineers in Berlin!")

    The calls raise :class:`PostLensError`; its subclasses are drawn in
    :mod:`serve_app.client.errors`.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._loop = BackgroundLoop()

    @classmethod
    def over_http(
        cls,
        url: str = "http://127.0.0.1:8000",
        api_key: str | None = None,
        timeout_s: float = 60,
        retries: int = 3,
        patience_s: float = 0,
        on_outage: Callable[[str], None] | None = None,
    ) -> Self:
        """A client of the service at ``url``; nothing is sent yet.

        Args:
            url: where the service listens.
            api_key: one of the service's keys, where it asks for one.
            timeout_s: how long one answer may take.
            retries: further attempts after a failed connection or a 502, 503 or 504.
            patience_s: how long a service that has answered before, or asks to come again
                later, is asked again after that.
            on_outage: told in words when that begins and when it is over.
        """
        from serve_app.client.http import HttpTransport

        transport = HttpTransport(
            url,
            api_key=api_key,
            timeout_s=timeout_s,
            retries=retries,
            patience_s=patience_s,
            on_outage=on_outage,
        )
        return cls(transport)

    @classmethod
    def from_ray(cls, app_name: str = "default", address: str | None = None) -> Self:
        """A client of the driver in a Ray cluster, which is joined if this process has not.

        Args:
            app_name: the Serve application's name.
            address: the cluster's; by default the one Ray finds on this machine.

        Raises:
            ServiceUnreachable: there is no such cluster or application.
        """
        from serve_app.client.ray import RayTransport

        return cls(RayTransport(app_name, address or "auto"))

    def analyze(self, text: str, *, id: str | None = None, **options: Unpack[Options]) -> Analysis:
        """The analysis of one post.

        Raises:
            RequestRefused: the post or an option is not one the service takes.
            ServiceUnreachable, ServiceFailed: it did not answer.
        """
        return self._loop.run(self._analyze(text, id, options))

    async def analyze_async(
        self, text: str, *, id: str | None = None, **options: Unpack[Options]
    ) -> Analysis:
        """As :meth:`analyze`."""
        return await self._loop.run_async(self._analyze(text, id, options))

    def analyze_many(
        self,
        posts: Iterable[Post],
        *,
        batch_posts: int = _BATCH_POSTS,
        **options: Unpack[Options],
    ) -> list[Analysis | AnalysisProblem]:
        """The analyses of many posts, in their order; a bad post is a problem in its place.

        Args:
            posts: texts, or objects as in ``POST /v1/analyze`` whose members win over options.
            batch_posts: how many travel, and share a deadline, in one request: 1..1,000.
            options: for all posts.

        Raises:
            RequestRefused: the service refused all posts, not single ones: the key is wrong.
            ServiceUnreachable, ServiceFailed: it did not answer.
        """
        return [_decode(item) for item in self.items(posts, batch_posts=batch_posts, **options)]

    async def analyze_many_async(
        self,
        posts: Iterable[Post],
        *,
        batch_posts: int = _BATCH_POSTS,
        **options: Unpack[Options],
    ) -> list[Analysis | AnalysisProblem]:
        """As :meth:`analyze_many`."""
        requests = [_request(post, options) for post in posts]
        items = await self._loop.run_async(self._items(requests, batch_posts))
        return [_decode(item) for item in items]

    def items(
        self,
        posts: Iterable[Post],
        *,
        batch_posts: int = _BATCH_POSTS,
        **options: Unpack[Options],
    ) -> list[dict[str, Any]]:
        """As :meth:`analyze_many`, as the JSON items of ``POST /v1/analyze/batch``."""
        requests = [_request(post, options) for post in posts]
        return self._loop.run(self._items(requests, batch_posts))

    def find(self, digest: str) -> Analysis | None:
        """What the service has stored for a text's digest, or None."""
        return self._loop.run(self._find(digest))

    async def find_async(self, digest: str) -> Analysis | None:
        """As :meth:`find`."""
        return await self._loop.run_async(self._find(digest))

    def close(self) -> None:
        """Let go of the connections; the client cannot be used afterwards."""
        if not self._loop.stopped:
            self._loop.run(self._transport.close())
            self._loop.stop()

    async def close_async(self) -> None:
        """As :meth:`close`."""
        if not self._loop.stopped:
            await self._loop.run_async(self._transport.close())
            self._loop.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close_async()

    async def _analyze(self, text: str, post_id: str | None, options: Options) -> Analysis:
        request = _request({"text": text, "id": post_id}, options)
        return decode_analysis(await self._transport.analyze(request))

    async def _find(self, digest: str) -> Analysis | None:
        answer = await self._transport.find(digest)
        return None if answer is None else decode_analysis(answer)

    async def _items(
        self, requests: Sequence[Mapping[str, Any]], batch_posts: int
    ) -> list[dict[str, Any]]:
        if not 1 <= batch_posts <= BATCH_LIMIT_POSTS:
            raise ValueError(f"batch_posts is {batch_posts}; it must be 1..{BATCH_LIMIT_POSTS}.")
        slots = asyncio.Semaphore(_BATCHES_IN_FLIGHT)

        async def send(batch: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
            async with slots:
                return await self._transport.analyze_many(batch)

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(send(b)) for b in _batches(requests, batch_posts)]
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None
        return [_with_pointer_into_post(item) for task in tasks for item in task.result()]


def _request(post: Post, options: Options) -> dict[str, Any]:
    members = {"text": post} if isinstance(post, str) else post
    return {k: v for k, v in {**options, **members}.items() if v is not None or k == "text"}


def _batches(
    requests: Sequence[Mapping[str, Any]], batch_posts: int
) -> Iterable[list[Mapping[str, Any]]]:
    remaining = iter(requests)
    while batch := list(islice(remaining, batch_posts)):
        yield batch


def _with_pointer_into_post(item: dict[str, Any]) -> dict[str, Any]:
    """The item with its problem's pointer into the post: the caller never saw the batches."""
    if "error" in item:
        pointer = re.sub(r"^/posts/\d+", "", item["error"].get("pointer") or "")
        item["error"] = {**item["error"], "pointer": pointer}
    return item


def _decode(item: Mapping[str, Any]) -> Analysis | AnalysisProblem:
    if "result" in item:
        return decode_analysis(item["result"])
    return AnalysisProblem.from_json(item["error"], post_id=item.get("id"))
