"""The HTTP API as one ASGI application.

All routes take the same way: dispatch, authenticate, answer, and every error becomes a
problem. There is no web framework between, only Starlette's request and response
objects: its routing and validation would cost more than a cached answer, and bring a
second shape of errors.
"""

import logging
import os
import re
import time
from collections.abc import Callable, Sequence

from pydantic import SecretStr
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from serve_app.api.access_log import Exchange, ExchangeLog
from serve_app.api.analyses import Analyses
from serve_app.api.authentication import Gate
from serve_app.api.backend import BackendSource
from serve_app.api.headers import header
from serve_app.api.health import Health
from serve_app.api.responses import plain_problem, problem_answer, problem_of
from serve_app.api.router import Dispatcher
from serve_app.api.static_pages import documents
from serve_app.errors import ServiceError
from serve_app.logs import request_id

log = logging.getLogger(__name__)

#: A caller's own request id is taken over if it can stand in a header and a log line.
_SANE_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
#: nginx's convention for a caller who went away; seen only in logs and metrics.
_CLIENT_CLOSED = 499
_NOSNIFF = (b"x-content-type-options", b"nosniff")


def build_api(
    backend: BackendSource,
    *,
    api_keys: Sequence[SecretStr] = (),
    observe: Callable[[Exchange], None] | None = None,
) -> ASGIApp:
    """The ASGI application; needs no lifespan.

    Args:
        backend: gives the service, or raises ``NotReady`` as long as it has not started.
        api_keys: if there are any, every /v1 route but health needs one of them.
        observe: told of every request, once its answer is sent; unless given, the log is.
    """
    gate = Gate(api_keys)
    routes = [*Analyses(backend).routes(), *Health(backend).routes()]
    return Api(
        Dispatcher([*routes, *documents(routes, locked=gate.closed)]),
        gate,
        observe or ExchangeLog(),
    )


class Api:
    """Answers each HTTP request with what its route gives, or with a problem."""

    def __init__(
        self, dispatcher: Dispatcher, gate: Gate, observe: Callable[[Exchange], None]
    ) -> None:
        self._dispatcher = dispatcher
        self._gate = gate
        self._observe = observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI interface."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})
            return
        if scope["type"] != "http":
            raise RuntimeError(f"no ASGI '{scope['type']}' here")  # how ASGI says: not supported
        started = time.perf_counter()
        request = Request(scope, receive)
        token = request_id.set(_id_for(request))
        try:
            await self._answer(request, started, send)
        finally:
            request_id.reset(token)

    async def _answer(self, request: Request, started: float, send: Send) -> None:
        response = await self._respond(request)
        response.raw_headers += [(b"x-request-id", (request_id.get() or "").encode()), _NOSNIFF]
        if request.method == "HEAD":
            response.body = b""
        await response(request.scope, request.receive, send)
        route = request.scope.get("postlens.route", "none")
        seconds = time.perf_counter() - started
        self._observe(Exchange(request.method, route, response.status_code, seconds))

    async def _respond(self, request: Request) -> Response:
        try:
            return await self._call(request)
        except ServiceError as error:
            return problem_answer(problem_of(error))
        except ClientDisconnect:
            return Response(status_code=_CLIENT_CLOSED)
        except Exception:  # the caller learns the request's id, the log the cause
            log.exception("request failed")
            return problem_answer(plain_problem("internal"))

    async def _call(self, request: Request) -> Response:
        path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
        route, parameters = self._dispatcher.find(request.method, path)
        request.scope["path_params"] = parameters
        request.scope["postlens.route"] = route.path
        if route.locked:
            self._gate.admit(request)
        return await route.endpoint(request)


def _id_for(request: Request) -> str:
    given = header(request, b"x-request-id")
    return given if given and _SANE_ID.fullmatch(given) else os.urandom(16).hex()
