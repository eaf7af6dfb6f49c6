"""The client's way to a running driver through its Serve handle, from another Ray job.

Holds what is Ray's own: joining the cluster, and turning its errors into ours. It
shares the driver's cache and store, since the driver's own methods answer.
"""

import asyncio
import logging
import socket
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from serve_app.client.errors import (
    AnalysisProblem,
    PostLensError,
    RequestRefused,
    ServiceFailed,
    ServiceUnreachable,
)
from serve_app.client.retry import pause_s
from serve_app.errors import InvalidRequest, ServiceError
from serve_app.standalone import loopback

_RETRIES = 3
_CONNECT_TIMEOUT_S = 5.0


class RayTransport:
    """The driver of one Serve application; used from one event loop only.

    That loop must keep running between calls: with Ray's throughput flags the handle's
    router lives in the loop of its first caller, and a plain script has none
    ("No event loop running").
    """

    def __init__(self, app_name: str, address: str) -> None:
        import ray  # a client over HTTP must not pay for it
        from ray import serve

        try:
            if not ray.is_initialized():
                _require_listening(address)
                loopback.prepare_to_join(address)
                ray.init(address=address, logging_level=logging.WARNING, log_to_driver=False)
            self._driver = serve.get_app_handle(app_name)
        except Exception as error:  # Ray tells "no cluster" and "no app" in many types
            raise ServiceUnreachable(
                f"There is no Serve application '{app_name}' to join: {_first_line(error)} "
                "Start it with 'postlens serve' or 'serve run', or give the cluster's address. If "
                "it runs there, set RAY_AUTH_TOKEN to the token of that cluster."
            ) from None

    async def analyze(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to one post.

        Raises:
            PostLensError: see :mod:`serve_app.client.errors`.
        """
        answer: dict[str, Any] = orjson.loads(await self._call("analyze", dict(request)))
        return answer

    async def analyze_many(self, requests: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """One item ``{"status", "id", "result" | "error"}`` for each request, in order."""
        if not requests:
            return []
        answers = await self._call("analyze_many", [dict(request) for request in requests])
        return [orjson.loads(answer) for answer in answers]

    async def find(self, digest: str) -> dict[str, Any] | None:
        """What is stored for a digest, or None."""
        answer = await self._call("find", digest)
        return None if answer is None else orjson.loads(answer)

    async def close(self) -> None:
        """Nothing to close: the cluster is the caller's."""

    async def _call(self, method: str, argument: Any) -> Any:
        from ray.exceptions import RayActorError

        for attempt in range(_RETRIES + 1):
            if attempt:
                await asyncio.sleep(pause_s(attempt - 1))
            try:
                return await getattr(self._driver, method).remote(argument)
            except RayActorError as error:  # the replica died; another one can answer
                failure: PostLensError = ServiceUnreachable(
                    f"The driver's replicas are gone: {type(error).__name__}."
                )
            except Exception as error:
                # `from None`: the text of a RayTaskError is a coloured remote traceback.
                raise _translated(error) from None
        raise failure


def _require_listening(address: str) -> None:
    """Fail at once where Ray itself would try for minutes: nobody listens at ``host:port``."""
    host, _, port = address.rpartition(":")
    if host and port.isdecimal() and "://" not in host:
        socket.create_connection((host, int(port)), timeout=_CONNECT_TIMEOUT_S).close()


def _translated(error: Exception) -> PostLensError:
    from ray.exceptions import RayTaskError
    from ray.serve.exceptions import BackPressureError, RayServeException

    cause = error.cause if isinstance(error, RayTaskError) else error
    if isinstance(cause, InvalidRequest):
        return RequestRefused(AnalysisProblem.from_json(cause.problem.as_dict(None)))
    if isinstance(cause, BackPressureError):
        return ServiceUnreachable("The driver has more requests waiting than it takes; try later.")
    if isinstance(cause, (RayServeException, ServiceError)):
        return ServiceUnreachable(_first_line(cause))
    return ServiceFailed(f"The driver failed with {type(cause).__name__}: {_first_line(cause)}")


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") + "." if lines else type(error).__name__ + "."
