"""What FastAPI injects into the endpoints."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends
from prometheus_client import generate_latest
from starlette.requests import Request

from serve_app.service import Service

#: Reads a page of metrics in the Prometheus text format.
MetricsPage = Callable[[], Awaitable[bytes]]


async def process_metrics() -> bytes:
    """The metrics of this process, as prometheus-client counts them."""
    return generate_latest()


async def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


async def _metrics_page(request: Request) -> bytes:
    read: MetricsPage = request.app.state.metrics_page
    return await read()


ServiceDependency = Annotated[Service, Depends(_service)]
MetricsPageDependency = Annotated[bytes, Depends(_metrics_page)]
