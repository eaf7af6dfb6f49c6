"""The client's way to a service over HTTP."""

from collections.abc import AsyncIterator
from typing import Any

import httpx

from serve_app.client.answers import content_of
from serve_app.client.errors import ServiceUnreachable
from serve_app.client.retry import Failure, Patience, Retrying, failure_of, reason_of
from serve_app.client.transport import Answer, Request

#: No request has left.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
#: A connection that failed before an answer; a slow answer (ReadTimeout) is not asked for again,
#: it would make a busy service busier.
_RETRIED_ERRORS = (httpx.NetworkError, httpx.RemoteProtocolError, *_NOT_SENT)


class HttpTransport:
    """One service at a base URL; used from one event loop only."""

    def __init__(
        self, url: str, *, api_key: str | None, timeout_s: float, patience: Patience
    ) -> None:
        """Nothing is sent yet.

        Args:
            url: where it listens.
            api_key: sent with each request, where given.
            timeout_s: how long one answer may take.
            patience: how often it is asked again.
        """
        headers = {"authorization": f"Bearer {api_key}"} if api_key else {}
        self._url = url.rstrip("/")
        self._patience = patience
        self._retrying = Retrying(self._url, patience)
        self._timeout_s = timeout_s
        self._http = httpx.AsyncClient(base_url=self._url, headers=headers, timeout=timeout_s)

    async def request(self, request: Request) -> Answer:
        """The answer; see :class:`serve_app.client.transport.Transport`."""
        return await self._retrying.run(
            lambda: self._attempt(request), repeatable=request.repeatable
        )

    async def stream(self, request: Request) -> AsyncIterator[bytes]:
        """The body in parts; see :class:`serve_app.client.transport.Transport`."""
        try:
            async with self._http.stream(**_arguments(request)) as response:
                if not response.is_success:
                    await response.aread()
                    answer = _answer(response)
                    failure = failure_of(answer)
                    if failure and failure.refusal is None:
                        raise ServiceUnreachable(f"{self._url} answers {reason_of(answer)}.")
                    content_of(answer)
                async for part in response.aiter_bytes():
                    yield part
        except httpx.HTTPError as error:
            raise ServiceUnreachable(self._explain(error, request)) from error

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _attempt(self, request: Request) -> Answer | Failure:
        try:
            answer = _answer(await self._http.request(**_arguments(request)))
        except _RETRIED_ERRORS as error:
            not_sent = isinstance(error, _NOT_SENT)
            return Failure(str(error) or type(error).__name__, may_be_done=not not_sent)
        except httpx.HTTPError as error:
            raise ServiceUnreachable(self._explain(error, request)) from error
        if failure := failure_of(answer):
            return failure
        return Failure(reason_of(answer)) if self._is_a_proxys(answer) else answer

    def _is_a_proxys(self, answer: Answer) -> bool:
        """Whether a proxy answers ("404 Path not found") where the service did before."""
        is_json = "json" in answer.headers.get("content-type", "")
        is_error, patience_s = answer.status >= 400, self._patience.patience_s
        return is_error and not is_json and self._retrying.has_answered and patience_s > 0

    def _explain(self, error: httpx.HTTPError, request: Request) -> str:
        if isinstance(error, httpx.TimeoutException):
            return (
                f"No answer from {self._url} within {request.timeout_s or self._timeout_s:g} s. "
                "Send fewer or shorter posts at a time, or give a larger timeout_s."
            )
        return f"{self._url} cannot be asked: {error or type(error).__name__}."


def _arguments(request: Request) -> dict[str, Any]:
    """What httpx calls the parts of a request."""
    return {
        "method": request.method,
        "url": request.path,
        "params": request.query,
        "headers": dict(request.headers),
        "content": request.parts or request.body or None,
        "timeout": httpx.USE_CLIENT_DEFAULT if request.timeout_s is None else request.timeout_s,
    }


def _answer(response: httpx.Response) -> Answer:
    return Answer(response.status_code, response.headers, response.content, str(response.url))
