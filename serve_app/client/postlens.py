"""The Python client: one class, whether the service is reached over HTTP or through Ray.

Holds the typed calls of analyses, sync and async, and how many posts travel together; resources
are fields with calls of their own. The two ways to a service are :mod:`serve_app.client.http` and
:mod:`serve_app.client.ray`; what can go wrong is drawn in :mod:`serve_app.client.errors`. Importing
it imports no Ray.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypedDict, Unpack

from deployments.results import Analysis
from deployments.wire import decode_analysis
from serve_app.client.alerts import Alerts
from serve_app.client.analyses import Analyses
from serve_app.client.background_loop import BackgroundLoop
from serve_app.client.batches import check_batch_posts, portions, with_pointer_into_post
from serve_app.client.calls import both
from serve_app.client.connection import QueryValue, ServiceConnection
from serve_app.client.corrections import Corrections
from serve_app.client.errors import AnalysisProblem
from serve_app.client.jobs import Jobs
from serve_app.client.keys import ApiKeys
from serve_app.client.posts.posts import Posts
from serve_app.client.retry import Patience
from serve_app.client.rules import Rules
from serve_app.client.transport import Transport
from serve_app.client.trends import Trends
from serve_app.client.usage import WorkspaceUsage
from serve_app.client.webhooks import Webhooks
from serve_app.client.workspace import OwnWorkspace
from serve_app.settings import DEFAULT_WORKSPACE

#: A post as a caller gives it: its text, or an object as in ``POST /v1/analyze``.
Post = str | Mapping[str, Any]

#: The posts of one request share its deadline, so fewer travel together than may: at 20 posts
#: a second on a small machine these take 5 s of the service's 30.
_BATCH_POSTS = 100

#: Doing one of these twice is doing it once (RFC 9110, 9.2).
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

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
    """A running PostLens: posts in, typed analyses out, and posts that stay.

    Every call exists twice, ``analyze`` and ``analyze_async`` and so on. One instance may be
    shared by threads and event loops: its connections live in an event loop of its own.

        with PostLens.over_http("http://127.0.0.1:8000") as postlens:
            analysis = postlens.analyze("We are hiring two engineers in Berlin!")
            post = postlens.posts.create("We are hiring!", author="anna")

    The calls raise :class:`PostLensError`; its subclasses are drawn in
    :mod:`serve_app.client.errors`.

    Attributes:
        posts: those that are kept in the caller's workspace.
        jobs: many posts, analysed beside the requests.
        trends: how they change over time.
        alerts: rules that watch trends, and what they have found.
        webhooks: who is told.
        rules: by which answers are put right, for all posts.
        corrections: of single posts.
        keys: of the workspace's callers.
        usage: what they have asked for.
        workspace: the caller's.
    """

    def __init__(self, transport: Transport, loop: BackgroundLoop | None = None) -> None:
        self._connection = ServiceConnection(transport, loop)
        self._analyses = Analyses(self._connection)
        self.posts = Posts(self._connection)
        self.trends = Trends(self._connection)
        self.alerts = Alerts(self._connection)
        self.webhooks = Webhooks(self._connection)
        self.jobs = Jobs(self._connection)
        self.rules = Rules(self._connection)
        self.corrections = Corrections(self._connection)
        self.keys = ApiKeys(self._connection)
        self.usage = WorkspaceUsage(self._connection)
        self.workspace = OwnWorkspace(self._connection)

    @property
    def loop(self) -> BackgroundLoop:
        """Where its calls run."""
        return self._connection.loop

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
            api_key: one of the service's keys, where it asks for one; it names the workspace.
            timeout_s: how long one answer may take.
            retries: further attempts after a failed connection or a 502, 503 or 504.
            patience_s: how long a service that has answered before, or asks to come again
                later, is asked again after that.
            on_outage: told in words when that begins and when it is over.
        """
        from serve_app.client.http import HttpTransport

        patience = Patience(retries, patience_s, on_outage or (lambda words: None))
        return cls(HttpTransport(url, api_key=api_key, timeout_s=timeout_s, patience=patience))

    @classmethod
    def from_ray(
        cls,
        app_name: str = "default",
        address: str | None = None,
        workspace: str = DEFAULT_WORKSPACE,
    ) -> Self:
        """A client of the driver in a Ray cluster, which is joined if this process has not.

        Args:
            app_name: the Serve application's name.
            address: the cluster's; by default the one Ray finds on this machine.
            workspace: by its name; whoever may join the cluster needs no key.

        Raises:
            ServiceUnreachable: there is no such cluster or application.
        """
        from serve_app.client.ray import RAY_LOOP, RayTransport

        transport = RayTransport(app_name, address or "auto", workspace)
        return cls(transport, BackgroundLoop(RAY_LOOP))

    async def _analyze(
        self, text: str, *, id: str | None = None, **options: Unpack[Options]
    ) -> Analysis:
        """The analysis of one post.

        Raises:
            RequestRefused: the post or an option is not one the service takes.
            ServiceUnreachable, ServiceFailed: it did not answer.
        """
        request = _post_request({"text": text, "id": id}, options)
        return decode_analysis(await self._analyses.analyze(request))

    analyze, analyze_async = both(_analyze)

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
        requests = [_post_request(post, options) for post in posts]
        items = await self.loop.run_async(self._items(requests, batch_posts))
        return [_decode(item) for item in items]

    def items(
        self,
        posts: Iterable[Post],
        *,
        batch_posts: int = _BATCH_POSTS,
        **options: Unpack[Options],
    ) -> list[dict[str, Any]]:
        """As :meth:`analyze_many`, as the JSON items of ``POST /v1/analyze/batch``."""
        requests = [_post_request(post, options) for post in posts]
        return self.loop.run(self._items(requests, batch_posts))

    async def _find(self, digest: str) -> Analysis | None:
        """What the service has stored for a text's digest, or None."""
        answer = await self._analyses.find(digest)
        return None if answer is None else decode_analysis(answer)

    find, find_async = both(_find)

    async def _request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, QueryValue] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """The JSON that any route answers, as it is; None where there is no body.

        Args:
            method: of HTTP.
            path: such as ``/v1/posts``, percent-encoded.
            query: the parameters; several values of one are sent as often.
            body: anything that JSON has.
            headers: of the request.

        Raises:
            PostLensError: as of all calls.
        """
        repeatable = method.upper() in _SAFE_METHODS or "Idempotency-Key" in (headers or {})
        return await self._connection.json(
            method, path, query=query, body=body, headers=headers, repeatable=repeatable
        )

    request, request_async = both(_request)

    def close(self) -> None:
        """Let go of the connections; the client cannot be used afterwards."""
        self._connection.close()

    async def close_async(self) -> None:
        """As :meth:`close`."""
        await self._connection.close_async()

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

    async def _items(
        self, requests: Sequence[Mapping[str, Any]], batch_posts: int
    ) -> list[dict[str, Any]]:
        check_batch_posts(batch_posts)
        slots = asyncio.Semaphore(_BATCHES_IN_FLIGHT)

        async def send(batch: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
            async with slots:
                return await self._analyses.analyze_many(batch)

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(send(b)) for b in portions(requests, batch_posts)]
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None
        return [_item(item) for task in tasks for item in task.result()]


def _post_request(post: Post, options: Options) -> dict[str, Any]:
    members = {"text": post} if isinstance(post, str) else post
    return {k: v for k, v in {**options, **members}.items() if v is not None or k == "text"}


def _item(item: dict[str, Any]) -> dict[str, Any]:
    return {**item, "error": with_pointer_into_post(item["error"])} if "error" in item else item


def _decode(item: Mapping[str, Any]) -> Analysis | AnalysisProblem:
    if "result" in item:
        return decode_analysis(item["result"])
    return AnalysisProblem.from_json(item["error"], post_id=item.get("id"))
