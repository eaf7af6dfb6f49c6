"""Whether the service lives, whether it can answer, and what it counts."""

import orjson
from starlette.requests import Request
from starlette.responses import Response

from serve_app.api.backend import BackendSource
from serve_app.api.responses import JsonAnswer, problem_answer
from serve_app.api.route import Operation, Route
from serve_app.problems import problem

#: The version of the Prometheus text format that prometheus-client writes.
_METRICS_TYPE = "text/plain; version=0.0.4"

_LIVE = Operation(
    id="live",
    tag="health",
    summary="Whether the process answers",
    answer={"application/json": "Live"},
)
_READY = Operation(
    id="ready",
    tag="health",
    summary="Whether all five analyses answer",
    description="Ready when every deployment has answered a real text. Otherwise a problem, "
    "whose further member `analyses` tells the state of each.",
    answer={"application/json": "Ready"},
    problems=("not-ready",),
)
_METRICS = Operation(
    id="metrics",
    tag="health",
    summary="Prometheus metrics of the whole node",
    answer={_METRICS_TYPE: {"type": "string"}},
    problems=("not-ready",),
)


class Health:
    """Endpoints under /v1/health, and /metrics; they need no key."""

    def __init__(self, backend: BackendSource) -> None:
        self._backend = backend

    def routes(self) -> list[Route]:
        """The routes of this resource."""
        return [
            Route("GET", "/v1/health/live", self.live, _LIVE),
            Route("GET", "/v1/health/ready", self.ready, _READY),
            Route("GET", "/metrics", self.metrics, _METRICS),
        ]

    async def live(self, request: Request) -> Response:
        """GET /v1/health/live."""
        return JsonAnswer(b'{"status":"live"}')

    async def ready(self, request: Request) -> Response:
        """GET /v1/health/ready."""
        states = dict(await self._backend().ready())
        waiting = [f"{name} ({state})" for name, state in states.items() if state != "ok"]
        if not waiting:
            return JsonAnswer(orjson.dumps({"status": "ready", "analyses": states}))
        detail = f"Not every analysis answers yet: {', '.join(waiting)}."
        return problem_answer(problem("not-ready", detail), extensions={"analyses": states})

    async def metrics(self, request: Request) -> Response:
        """GET /metrics."""
        return Response(await self._backend().metrics(), media_type=_METRICS_TYPE)
