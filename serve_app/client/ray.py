"""The client's way to a running driver through its Serve handle, from another Ray job.

Holds what is Ray's own: joining the cluster, and turning its errors into ours. The routes of HTTP
answer, and whoever is in the cluster names a workspace in place of a key.
"""

import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from serve_app.client.answers import content_of
from serve_app.client.background_loop import BackgroundLoop
from serve_app.client.errors import (
    AnalysisProblem,
    PostLensError,
    RequestRefused,
    ServiceFailed,
    ServiceUnreachable,
)
from serve_app.client.retry import Failure, Patience, Retrying, failure_of, reason_of
from serve_app.client.transport import Answer, Request
from serve_app.errors import InvalidRequest
from serve_app.standalone import loopback

#: Of a file; over HTTP it is sent in parts.
MAX_MESSAGE_BYTES = 64 * 2**20
#: What Ray keeps for all handles of a process belongs to the loop of the first one, for ever.
RAY_LOOP = BackgroundLoop()
_RETRIES = 3
_SOURCE = "The driver"


class RayTransport:
    """The driver of one Serve application; used from one event loop only.

    That loop must keep running between calls: with Ray's throughput flags the handle's
    router lives in the loop of its first caller, and a plain script has none
    ("No event loop running").
    """

    def __init__(self, app_name: str, address: str, workspace: str) -> None:
        import ray  # a client over HTTP must not pay for it
        from ray import serve

        try:
            if not ray.is_initialized():
                loopback.prepare_to_join(address)
                ray.init(address=address, logging_level=logging.WARNING, log_to_driver=False)
            self._driver = serve.get_app_handle(app_name)
        except Exception as error:  # Ray tells "no cluster" and "no app" in many types
            raise ServiceUnreachable(
                f"There is no Serve application '{app_name}' to join: {_first_line(error)} "
                "Start it with 'postlens serve' or 'serve run', or give the cluster's address. If "
                "it runs there, set RAY_AUTH_TOKEN to the token of that cluster."
            ) from None
        self._workspace = workspace
        self._retrying = Retrying(f"the application '{app_name}'", Patience(_RETRIES))

    async def request(self, request: Request) -> Answer:
        """The answer; see :class:`serve_app.client.transport.Transport`."""
        return await self._retrying.run(
            lambda: self._attempt(request), repeatable=request.repeatable
        )

    async def stream(self, request: Request) -> AsyncIterator[bytes]:
        """The body in parts; see :class:`serve_app.client.transport.Transport`."""
        handle: Any = self._driver.options(stream=True)
        if request.parts is not None:
            request = replace(request, body=await _joined(request.parts), parts=None)
        try:
            parts = handle.stream.remote(*self._arguments(request))
            status, headers = await anext(parts)
            if not 200 <= status < 300:
                body = b"".join([part async for part in parts])
                answer = Answer(status, dict(headers), body, _SOURCE)
                failure = failure_of(answer)
                if failure and failure.refusal is None:
                    raise ServiceUnreachable(f"{_SOURCE} answers {reason_of(answer)}.")
                content_of(answer)
            async for part in parts:
                yield part
        except PostLensError:
            raise
        except Exception as error:
            raise _translated(error) from None

    async def close(self) -> None:
        """Stop the handle's reports to the cluster; leaving the cluster is the caller's to do.

        They would otherwise go on after ``ray.shutdown()``, and join whatever cluster there is.
        """
        await self._driver.shutdown_async()  # type: ignore[no-untyped-call]

    async def _attempt(self, request: Request) -> Answer | Failure:
        from ray.exceptions import RayActorError
        from ray.serve.exceptions import BackPressureError

        try:
            call = self._driver.request.remote(*self._arguments(request))
            status, headers, body = await call
        except RayActorError as error:  # the replica died; another one can answer
            return Failure(f"the driver's replicas are gone ({type(error).__name__})")
        except BackPressureError:
            return Failure("more requests wait than the driver takes", may_be_done=False)
        except Exception as error:
            # `from None`: the text of a RayTaskError is a coloured remote traceback.
            raise _translated(error) from None
        answer = Answer(status, dict(headers), body, _SOURCE)
        return failure_of(answer) or answer

    def _arguments(self, request: Request) -> tuple[Any, ...]:
        headers = tuple(request.headers.items())
        return (
            request.method, request.path, request.query, headers, request.body, self._workspace
        )  # fmt: skip


async def _joined(parts: AsyncIterator[bytes]) -> bytes:
    """The body that a message to the handle carries whole.

    Raises:
        PostLensError: it is too large for that.
    """
    body = bytearray()
    async for part in parts:
        body += part
        if len(body) > MAX_MESSAGE_BYTES:
            raise PostLensError(
                f"A file goes through Ray in one message of up to {MAX_MESSAGE_BYTES:,} bytes. "
                "Pack it with gzip, send it in parts, or send it over HTTP."
            )
    return bytes(body)


def _translated(error: Exception) -> PostLensError:
    from ray.exceptions import RayActorError, RayTaskError
    from ray.serve.exceptions import RayServeException

    cause = error.cause if isinstance(error, RayTaskError) else error
    if isinstance(cause, InvalidRequest):
        return RequestRefused(AnalysisProblem.from_json(cause.problem.as_dict(None)))
    if isinstance(cause, (RayServeException, RayActorError, ConnectionError)):
        return ServiceUnreachable(_first_line(cause))
    return ServiceFailed(f"The driver failed with {type(cause).__name__}: {_first_line(cause)}")


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") + "." if lines else type(error).__name__ + "."
