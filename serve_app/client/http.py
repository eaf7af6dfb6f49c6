"""The client's way to a service over HTTP.

Holds the routes, the limits of a body and what is tried again. Requests and answers are
plain JSON objects here; :mod:`serve_app.client` gives them types.
"""

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
import orjson

from serve_app.client.errors import (
    AnalysisProblem,
    RequestRefused,
    ServiceFailed,
    ServiceUnreachable,
)
from serve_app.client.retry import pause_s
from serve_app.problems import PROBLEM_TYPES, problem
from serve_app.request.post import MAX_BODY_BYTES

#: The service is starting, restarting or behind a proxy that has lost it.
_RETRIED_STATUSES = frozenset({502, 503, 504})

#: A connection that failed before an answer; a slow answer (ReadTimeout) is not asked for again,
#: it would make a busy service busier.
_RETRIED_ERRORS = (httpx.NetworkError, httpx.RemoteProtocolError, httpx.ConnectTimeout)

_OPENING, _CLOSING = b'{"posts":[', b"]}"


@dataclass(frozen=True, slots=True)
class _Failure:
    """An attempt that may be made again."""

    reason: str
    retry_after: str | None = None


class HttpTransport:
    """One service at a base URL; used from one event loop only.

    Args:
        url: where it listens.
        api_key: sent with each request, where given.
        timeout_s: how long one answer may take.
        retries: further attempts after a failed one.
        patience_s: a service that has answered before, or asks to come again later, is asked
            again for so long after ``retries``.
        on_outage: told in words when that begins and when it is over.
    """

    def __init__(
        self,
        url: str,
        *,
        api_key: str | None,
        timeout_s: float,
        retries: int,
        patience_s: float = 0.0,
        on_outage: Callable[[str], None] | None = None,
    ) -> None:
        headers = {"content-type": "application/json"}
        if api_key:
            headers["authorization"] = f"Bearer {api_key}"
        self._url = url.rstrip("/")
        self._retries = retries
        self._patience_s = patience_s
        self._on_outage = on_outage or (lambda words: None)
        self._has_answered = False
        self._outage_began: float | None = None
        self._timeout_s = timeout_s
        self._http = httpx.AsyncClient(base_url=self._url, headers=headers, timeout=timeout_s)

    async def analyze(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to one post.

        Raises:
            PostLensError: see :mod:`serve_app.client.errors`.
        """
        answer: dict[str, Any] = _content(await self._send("POST", "/v1/analyze", _json(request)))
        return answer

    async def analyze_many(self, requests: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """One item ``{"status", "id", "result" | "error"}`` for each request, in order.

        Posts whose turn did not come in the service's own time are asked for again.
        """
        send = self._batch if any("timeout_ms" in r for r in requests) else self._whole_batch
        encoded = [_json(request) for request in requests]
        items: list[dict[str, Any]] = []
        for body in _bodies(encoded):
            if len(body) == 1 and _size(body) > MAX_BODY_BYTES:
                items.append(_too_large(requests[len(items)]))
            else:
                items += await send(body)
        return items

    async def find(self, digest: str) -> dict[str, Any] | None:
        """What is stored for a digest, or None."""
        path = f"/v1/analyses/{quote(digest, safe='')}"
        try:
            answer: dict[str, Any] = _content(await self._send("GET", path))
        except RequestRefused as refused:
            if refused.type != PROBLEM_TYPES["unknown-analysis-digest"].uri:
                raise
            return None
        return answer

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _whole_batch(self, posts: list[bytes]) -> list[dict[str, Any]]:
        """As :meth:`_batch`, until no post is late, or all are."""
        items = await self._batch(posts)
        late = [index for index, item in enumerate(items) if _is_late(item)]
        while late:
            again = await self._batch([posts[index] for index in late])
            for index, item in zip(late, again, strict=True):
                items[index] = item
            remaining = [index for index in late if _is_late(items[index])]
            if len(remaining) == len(late):
                break
            late = remaining
        return items

    async def _batch(self, posts: list[bytes]) -> list[dict[str, Any]]:
        content = _OPENING + b",".join(posts) + _CLOSING
        answer = _content(await self._send("POST", "/v1/analyze/batch", content))
        items: list[dict[str, Any]] = answer["items"]
        if len(items) != len(posts):
            raise ServiceFailed(f"{len(posts)} posts were sent, {len(items)} answers came back.")
        return items

    async def _send(self, method: str, path: str, content: bytes | None = None) -> httpx.Response:
        attempts = 0
        while True:
            answer = await self._attempt(method, path, content)
            if isinstance(answer, httpx.Response):
                self._end_outage()
                return answer
            attempts += 1
            pause = pause_s(attempts - 1, answer.retry_after)
            if attempts > self._retries:
                remaining_s = self._remaining_patience_s(answer)
                if remaining_s <= 0:
                    raise ServiceUnreachable(self._gave_up(attempts, answer.reason))
                pause = min(pause, remaining_s)
            await asyncio.sleep(pause)

    async def _attempt(
        self, method: str, path: str, content: bytes | None
    ) -> httpx.Response | _Failure:
        try:
            response = await self._http.request(method, path, content=content)
        except _RETRIED_ERRORS as error:
            return _Failure(str(error) or type(error).__name__)
        except httpx.HTTPError as error:
            raise ServiceUnreachable(self._explain(error)) from error
        if _is_not_now(response) or self._is_a_proxys(response):
            reason = f"status {response.status_code}: {_detail(response)}"
            return _Failure(reason, response.headers.get("retry-after"))
        return response

    def _is_a_proxys(self, response: httpx.Response) -> bool:
        """Whether a proxy answers ("404 Path not found") where the service did before."""
        is_json = "json" in response.headers.get("content-type", "")
        return response.is_error and not is_json and self._has_answered and self._patience_s > 0

    def _remaining_patience_s(self, failure: _Failure) -> float:
        if not (self._has_answered or failure.retry_after) or not self._patience_s:
            return 0.0
        if self._outage_began is None:
            self._outage_began = time.monotonic()
            self._on_outage(
                f"No answer from {self._url} ({failure.reason}); it is asked again for "
                f"{self._patience_s:g} s. Ctrl-C keeps what is done."
            )
        return self._outage_began + self._patience_s - time.monotonic()

    def _end_outage(self) -> None:
        self._has_answered = True
        if self._outage_began is not None:
            away_s = time.monotonic() - self._outage_began
            self._outage_began = None
            self._on_outage(f"{self._url} answers again, after {away_s:.0f} s.")

    def _gave_up(self, attempts: int, reason: str) -> str:
        return (
            f"No answer from {self._url} in {attempts} attempts, the last one: {reason}. "
            "Start the service with 'postlens serve', or give the URL of one that runs."
        )

    def _explain(self, error: httpx.HTTPError) -> str:
        if isinstance(error, httpx.TimeoutException):
            return (
                f"No answer from {self._url} within {self._timeout_s:g} s. "
                "Send fewer or shorter posts at a time, or give a larger timeout_s."
            )
        return f"{self._url} cannot be asked: {error or type(error).__name__}."


def _is_not_now(response: httpx.Response) -> bool:
    """Whether the service may answer soon: a proxy says so, or Serve knows no application yet.

    Serve then answers 404 in plain text, which PostLens never does.
    """
    in_text = response.headers.get("content-type", "").startswith("text/plain")
    no_application = response.status_code == 404 and in_text and "not found" in response.text
    return response.status_code in _RETRIED_STATUSES or no_application


def _json(request: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(request)
    except TypeError:
        # Lone surrogates have no UTF-8; escaped, they reach the service, which names the place.
        return json.dumps(request).encode()


def _size(posts: Sequence[bytes]) -> int:
    return len(_OPENING) + sum(map(len, posts)) + len(posts) - 1 + len(_CLOSING)


def _bodies(posts: Sequence[bytes]) -> Iterator[list[bytes]]:
    """The posts in order, in as few bodies as the limit allows; one too large comes alone."""
    body: list[bytes] = []
    for post in posts:
        if body and _size([*body, post]) > MAX_BODY_BYTES:
            yield body
            body = []
        body.append(post)
    if body:
        yield body


def _is_late(item: Mapping[str, Any]) -> bool:
    return "error" in item and item["error"]["type"] == PROBLEM_TYPES["deadline-passed"].uri


def _too_large(request: Mapping[str, Any]) -> dict[str, Any]:
    detail = f"The post alone takes more than {MAX_BODY_BYTES:,} bytes as JSON."
    fix = PROBLEM_TYPES["text-too-long"].fix
    refusal = problem("body-too-large", detail, pointer="/text", fix=fix)
    return {"status": "error", "id": request.get("id"), "error": refusal.as_dict(None)}


def _content(response: httpx.Response) -> Any:
    try:
        content = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        raise ServiceFailed(_unexpected(response)) from None
    if response.is_success:
        return content
    if not isinstance(content, dict) or "detail" not in content:
        raise ServiceFailed(_unexpected(response))
    refusal = AnalysisProblem.from_json({"status": response.status_code, **content})
    raise RequestRefused(refusal) if response.is_client_error else ServiceFailed(str(refusal))


def _detail(response: httpx.Response) -> str:
    try:
        return str(orjson.loads(response.content)["detail"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return response.reason_phrase


def _unexpected(response: httpx.Response) -> str:
    return (
        f"{response.url} answered status {response.status_code} with "
        f"{response.headers.get('content-type', 'no content type')}, which is no answer of "
        "PostLens. Check the URL, and what else listens there."
    )
