"""The HTTP API as one ASGI application.

Two kinds of routes: ``POST /v1/analyze`` and ``POST /v1/analyze/batch`` are hot and are
called right here; everything else is routed by FastAPI, whose routing and dependency
injection would take most of the time of a cached answer. Request ids, authentication, the
access log, security headers and the shape of errors are the same for both.
"""

import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Security
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve_app.api import health, problem_pages, stored_analyses
from serve_app.api.access_log import AccessLog, RequestLogEntry
from serve_app.api.analyze import AnalyzeEndpoints, SeenFrom
from serve_app.api.authentication import ApiKeyAuthentication, FindPrincipal
from serve_app.api.body_memory import BodyMemory
from serve_app.api.compression import MIN_BYTES, compressed, compressing
from serve_app.api.counted_posts import LIMIT_HEADERS, QUOTAS
from serve_app.api.cross_origin import CrossOrigin
from serve_app.api.dependencies import MetricsPage, process_metrics
from serve_app.api.draft_channel import PATH as DRAFTS_PATH
from serve_app.api.draft_channel import (
    SWITCHED,
    DraftEndpoint,
    deny,
    handshake,
    no_route,
    upgrade_required,
)
from serve_app.api.error_responses import add_error_handlers, error_response, problem_response
from serve_app.api.headers import headers
from serve_app.api.openapi import openapi_router
from serve_app.api.request_body import HELD_BODY
from serve_app.api.static_pages import pages_router
from serve_app.api.web_origins import WebOrigins
from serve_app.drafts.channel import DraftCounts
from serve_app.errors import ServiceOverloaded
from serve_app.logs import REQUEST_ID_PATTERN, request_id
from serve_app.problems import Problem
from serve_app.quotas.quotas import Quotas
from serve_app.service import Service
from serve_app.settings import ApiKey, ApiSettings

_VALID_REQUEST_ID = re.compile(REQUEST_ID_PATTERN)
#: Monitors may call it by any name.
_HEALTH = "/v1/health/"
_NOSNIFF = (b"x-content-type-options", b"nosniff")
#: Requests with these methods have a body, which takes memory.
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


@dataclass(frozen=True, slots=True)
class Resources:
    """Routes beside those of analyses, and what their endpoints are given.

    Attributes:
        routers: of each resource.
        state: by name, for ``request.app.state``.
        salt_of: of the workspace with a name, for those that share no cache; empty for others.
        seen_from: the service as the callers of the workspace with a name see it.
        find_principal: looks for the keys that are kept in Postgres.
        quotas: count the posts of every request; None where nothing is counted.
    """

    routers: Sequence[APIRouter] = ()
    state: Mapping[str, Any] = field(default_factory=dict)
    salt_of: Callable[[str], bytes] = lambda workspace: b""
    seen_from: SeenFrom = lambda service, workspace: service
    find_principal: FindPrincipal | None = None
    quotas: Quotas | None = None


def build_api(
    service: Service,
    *,
    metrics_page: MetricsPage = process_metrics,
    api_keys: Sequence[ApiKey] = (),
    require_keys: bool = False,
    resources: Resources | None = None,
    settings: ApiSettings | None = None,
    on_request: Callable[[RequestLogEntry], None] | None = None,
    drafts: DraftCounts | None = None,
) -> ASGIApp:
    """The ASGI application; needs no lifespan.

    Args:
        service: answers the requests.
        metrics_page: reads what ``/metrics`` answers; by default this process' own metrics.
        api_keys: of the environment; if there are any, keys are required.
        require_keys: whether every /v1 route but health needs a key.
        resources: routes beside those of analyses.
        settings: which hosts it answers as, and how much it takes at a time.
        on_request: called after each response; by default it is added to an access log.
        drafts: kept up by the draft channels.
    """
    settings = settings or ApiSettings()
    resources = resources or Resources()
    authentication = ApiKeyAuthentication(
        api_keys, resources.find_principal, required=bool(api_keys) or require_keys
    )
    endpoints = AnalyzeEndpoints(service, resources.salt_of, resources.seen_from)
    pages = WebOrigins(settings.allowed_hosts)
    return Api(
        endpoints,
        authentication,
        None if authentication.required else pages,
        CrossOrigin(settings.cors_origins) if settings.cors_origins else None,
        BodyMemory(settings.body_memory_bytes, settings.requests_in_progress),
        fastapi_app(service, metrics_page, endpoints, authentication, resources),
        on_request or AccessLog().add,
        DraftEndpoint(
            service,
            authentication,
            salt_of=resources.salt_of,
            seen_from=resources.seen_from,
            most_channels=settings.draft_channels,
            idle_s=settings.draft_idle_s,
            counts=drafts,
        ),
        pages,
        resources.quotas,
    )


def with_lifespan(api: ASGIApp) -> Starlette:
    """The API as an application that knows ASGI's lifespan, as Serve wants it.

    Without a route: Starlette's do not match a path that holds a line break.
    """
    application = Starlette()
    application.router.default = api
    return application


class Api:
    """Calls the endpoints of the hot routes, and hands every other request to FastAPI."""

    def __init__(
        self,
        endpoints: AnalyzeEndpoints,
        authentication: ApiKeyAuthentication,
        web_origins: WebOrigins | None,
        cross_origin: CrossOrigin | None,
        bodies: BodyMemory,
        fastapi: FastAPI,
        on_request: Callable[[RequestLogEntry], None],
        drafts: DraftEndpoint,
        pages: WebOrigins,
        quotas: Quotas | None = None,
    ) -> None:
        self._hot_endpoints = {
            "/v1/analyze": endpoints.analyze,
            "/v1/analyze/batch": endpoints.analyze_batch,
        }
        self._authentication = authentication
        self._web_origins = web_origins
        self._cross_origin = cross_origin
        self._bodies = bodies
        self._fastapi = fastapi
        self._on_request = on_request
        self._drafts = drafts
        self._pages = pages
        self._quotas = quotas

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI interface."""
        if scope["type"] not in ("http", "websocket"):
            raise RuntimeError(f"no ASGI '{scope['type']}' here")  # how ASGI says: not supported
        started_at = time.perf_counter()
        is_channel = scope["type"] == "websocket"
        request = handshake(scope, receive) if is_channel else Request(scope, receive)
        request.scope[QUOTAS] = self._quotas
        token = request_id.set(_request_id(request))
        try:
            path = scope["path"].removeprefix(scope.get("root_path", ""))
            if is_channel:
                route, status = await self._hold_channel(request, path, scope, receive, send)
            else:
                route, status = await self._respond(request, path, send)
            duration_s = time.perf_counter() - started_at
            method = request.scope["method"]
            self._on_request(RequestLogEntry(method, route, status, duration_s))
        finally:
            request_id.reset(token)

    async def _respond(self, request: Request, path: str, send: Send) -> tuple[str, int]:
        """Send the response; the route and the status."""
        if self._cross_origin:
            origin = self._cross_origin.origin_of(request)
            send = self._cross_origin.allowing(origin, send)
            if origin and (permission := self._cross_origin.preflight(request)):
                return "none", await _send(permission, request, send)
        refusal = self._refusal(request)
        if refusal and not path.startswith(_HEALTH):
            return "none", await _send(problem_response(refusal), request, send)
        if path in self._hot_endpoints and request.scope["method"] == "POST":
            return path, await self._respond_hot(request, path, send)
        if path == DRAFTS_PATH:
            return path, await _send(problem_response(upgrade_required()), request, send)
        return await self._respond_by_fastapi(request, path, send)

    async def _hold_channel(
        self, request: Request, path: str, scope: Scope, receive: Receive, send: Send
    ) -> tuple[str, int]:
        """Hold a WebSocket until its end, or refuse it; the route and the status."""
        refusal = self._refusal(request) or self._channel_refusal(request)
        denial: Response | None
        if refusal:
            denial = problem_response(refusal)
        elif path != DRAFTS_PATH:
            denial = await error_response(request, no_route(path))
        else:
            denial = await self._drafts.converse(request, receive, send, _headers())
        if denial is None:
            return path, SWITCHED
        denial.raw_headers += _headers()
        await deny(scope, send, denial)
        return path if path == DRAFTS_PATH else "none", denial.status_code

    def _refusal(self, request: Request) -> Problem | None:
        """The problem with where the request comes from; None where there is none."""
        if self._web_origins is None:
            return None
        return self._web_origins.refusal(request, known_origin=self._is_known(request))

    def _channel_refusal(self, request: Request) -> Problem | None:
        """Likewise of a channel, for which browsers do not ask before, with keys or without."""
        return None if self._is_known(request) else self._pages.foreign_origin(request)

    def _is_known(self, request: Request) -> bool:
        """Whether it comes from a page that may use the service by setting."""
        return self._cross_origin is not None and bool(self._cross_origin.origin_of(request))

    async def _respond_hot(self, request: Request, path: str, send: Send) -> int:
        """Send the response of a hot endpoint, and hold the body until then; the status."""
        with ExitStack() as held:
            return await _send(await self._hot_response(request, path, held), request, send)

    async def _hot_response(self, request: Request, path: str, held: ExitStack) -> Response:
        try:
            self._authentication.authenticate(request, "analyze")
            request.scope[HELD_BODY] = held.enter_context(self._bodies.hold())
            return await self._hot_endpoints[path](request)
        except Exception as error:
            return await error_response(request, error)

    async def _respond_by_fastapi(self, request: Request, path: str, send: Send) -> tuple[str, int]:
        """Send FastAPI's response, HEAD answered wherever GET is; the route and the status."""
        method = request.method
        if method not in _WITH_BODY:
            return await self._route(request, send)
        with ExitStack() as held:
            try:
                request.scope[HELD_BODY] = held.enter_context(self._bodies.hold())
            except ServiceOverloaded as error:
                return path, await _send(await error_response(request, error), request, send)
            return await self._route(request, send)

    async def _route(self, request: Request, send: Send) -> tuple[str, int]:
        method = request.method
        # A copy: FastAPI leaves its own findings in the scope, such as the route.
        scope = {"query_string": b"", **request.scope, "postlens.method": method}
        scope["method"] = "GET" if method == "HEAD" else method
        status = 500
        send_packed = compressing(
            request.scope["headers"], _without_body(send) if method == "HEAD" else send
        )

        async def send_completed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                further = (*_headers(), *scope.get(LIMIT_HEADERS, ()))
                message = {**message, "headers": [*message["headers"], *further]}
            await send_packed(message)

        await self._fastapi(scope, request.receive, send_completed)
        return getattr(scope.get("route"), "path", "") or "none", status


def fastapi_app(
    service: Service,
    metrics_page: MetricsPage,
    endpoints: AnalyzeEndpoints,
    authentication: ApiKeyAuthentication | None = None,
    resources: Resources | None = None,
) -> FastAPI:
    """Every route; of the hot ones, what is left of them for FastAPI. Open without keys."""
    resources = resources or Resources()
    authentication = authentication or ApiKeyAuthentication(required=False)
    # Where no key is needed the document names none.
    check = authentication.__call__
    with_key = [Security(authentication) if authentication.required else Depends(check)]
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.service = service
    app.state.metrics_page = metrics_page
    app.state.paths = []
    for name, value in resources.state.items():
        setattr(app.state, name, value)
    for router, dependencies in (
        (endpoints.router(), with_key),
        (stored_analyses.router, with_key),
        *((router, with_key) for router in resources.routers),
        (health.router, []),
        (problem_pages.router, []),
        (pages_router(), []),
        (openapi_router(app), []),
    ):
        app.include_router(router, dependencies=dependencies)
        app.state.paths += _paths(router)
    add_error_handlers(app)
    return app


def _paths(router: APIRouter) -> list[str]:
    return [getattr(route, "path", "") for route in router.routes]


async def _send(response: Response, request: Request, send: Send) -> int:
    """Send a response with the headers of every response; its status."""
    response.raw_headers += _headers()
    response.raw_headers += request.scope.get(LIMIT_HEADERS, ())
    body = getattr(response, "body", b"")
    if len(body) >= MIN_BYTES:
        asked = request.scope["headers"]
        packed = await compressed(asked, response.raw_headers, body)
        response.raw_headers, response.body = packed
    await response(request.scope, request.receive, send)
    return response.status_code


def _without_body(send: Send) -> Send:
    """Sends the head of an answer alone."""

    async def send_head(message: Message) -> None:
        await send({**message, "body": b""} if "body" in message else message)

    return send_head


def _headers() -> list[tuple[bytes, bytes]]:
    """The headers of every response."""
    return [(b"x-request-id", (request_id.get() or "").encode()), _NOSNIFF]


def _request_id(request: Request) -> str:
    # HAProxy applies the same rule, so that Serve sees no other id.
    announced = headers(request, b"x-request-id")
    if len(announced) == 1 and _VALID_REQUEST_ID.fullmatch(announced[0]):
        return announced[0]
    return os.urandom(16).hex()
