"""What FastAPI injects into the endpoints."""

from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from serve_app.service import Service


async def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


ServiceDependency = Annotated[Service, Depends(_service)]
