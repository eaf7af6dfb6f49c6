"""Whether the service lives, whether it can answer, and what it counts; needs no key."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from serve_app.api.dependencies import MetricsPageDependency, ServiceDependency
from serve_app.api.error_responses import problem_response
from serve_app.api.openapi import may_answer
from serve_app.api.schemas import Live, Ready, StorageReport
from serve_app.problems import problem

router = APIRouter(tags=["health"])


class PrometheusResponse(Response):
    """Metrics in the version of the Prometheus text format that prometheus-client writes."""

    media_type = "text/plain; version=0.0.4"


@router.get(
    "/v1/health/live",
    operation_id="live",
    summary="Whether the process answers",
    openapi_extra=may_answer(),
)
async def live() -> Live:
    """Asks nothing of the analyses."""
    return Live(status="live")


@router.get(
    "/v1/health/ready",
    operation_id="ready",
    summary="Whether all analyses answer",
    description="Ready when every deployment has answered a real text; degraded, and answering "
    "all the same, while Postgres or Redis is down. Otherwise a problem, "
    "whose further member `analyses` tells the state of each.",
    response_model=Ready,
    openapi_extra=may_answer("not-ready"),
)
async def ready(service: ServiceDependency) -> Any:
    """Ready, or a problem with the state of each analysis."""
    states = await service.readiness.check()
    failing = [f"{name} ({state})" for name, state in states.items() if state != "ok"]
    if not failing:
        storage = service.storage()
        report = StorageReport(down=storage.down, waiting=storage.waiting, lost=storage.lost)
        status = "degraded" if storage.down else "ready"
        return Ready(status=status, analyses=states, storage=report)
    detail = f"Not every analysis answers yet: {', '.join(failing)}."
    return problem_response(problem("not-ready", detail), extensions={"analyses": states})


@router.get(
    "/metrics",
    operation_id="metrics",
    summary="Prometheus metrics of the whole node",
    response_class=PrometheusResponse,
    openapi_extra=may_answer("not-ready"),
)
async def metrics(page: MetricsPageDependency) -> Response:
    """In the Prometheus text format, of PostLens and Ray Serve."""
    return PrometheusResponse(page)
