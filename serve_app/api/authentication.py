"""Who may call, and for which workspace: API keys as bearer tokens (RFC 6750), if there are any."""

import hmac
from collections.abc import Sequence

from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from starlette.requests import Request

from serve_app.api.headers import header
from serve_app.errors import InvalidRequest
from serve_app.problems import problem
from serve_app.settings import DEFAULT_WORKSPACE, ApiKey

#: Where in ASGI's scope the name of the caller's workspace is, once it is known.
WORKSPACE = "postlens.workspace"


def workspace_of(request: Request) -> str:
    """The name of the workspace that the request is for."""
    name: str = request.scope.get(WORKSPACE, DEFAULT_WORKSPACE)
    return name


class ApiKeyAuthentication(SecurityBase):
    """Lets a request pass that carries one of the keys; a FastAPI dependency.

    Attributes:
        model: how OpenAPI describes it.
        scheme_name: what OpenAPI calls it.
    """

    def __init__(self, keys: Sequence[ApiKey]) -> None:
        self.model = HTTPBearer()
        self.scheme_name = "key"
        self._keys = [(key.key.get_secret_value().encode(), key.workspace) for key in keys]

    async def __call__(self, request: Request) -> None:
        """As :meth:`authenticate`, for FastAPI."""
        self.authenticate(request)

    def authenticate(self, request: Request) -> None:
        """Return if the request carries one of the keys, and note its workspace in the scope.

        One that does not come over HTTP has its workspace there already, and needs no key
        (:mod:`serve_app.api.direct_requests`).

        Raises:
            InvalidRequest: it carries no key, or none of the service's.
        """
        if WORKSPACE in request.scope:
            return
        scheme, _, credentials = (header(request, b"authorization") or "").partition(" ")
        if scheme.lower() != "bearer" or not credentials:
            raise _unauthorized("The request carries no API key.", "Bearer")
        token = credentials.strip().encode("latin-1")  # as Starlette decodes: the bytes sent
        # Every key is compared, each in constant time: the time tells nothing about them.
        found = [name for key, name in self._keys if hmac.compare_digest(token, key)]
        if not found:
            challenge = 'Bearer error="invalid_token"'
            raise _unauthorized("The API key is not one of the service's.", challenge)
        request.scope[WORKSPACE] = found[0]


def _unauthorized(detail: str, challenge: str) -> InvalidRequest:
    headers = (("WWW-Authenticate", challenge),)
    return InvalidRequest(problem("unauthorized", detail, headers=headers))
