"""Who may call: API keys as bearer tokens (RFC 6750), where the service has any."""

import hmac
from collections.abc import Sequence

from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from pydantic import SecretStr
from starlette.requests import Request

from serve_app.api.headers import header
from serve_app.errors import InvalidRequest
from serve_app.problems import problem


class ApiKeyAuthentication(SecurityBase):
    """Lets a request pass that carries one of the keys; a FastAPI dependency.

    Attributes:
        model: how OpenAPI describes it.
        scheme_name: what OpenAPI calls it.
    """

    def __init__(self, keys: Sequence[SecretStr]) -> None:
        self.model = HTTPBearer()
        self.scheme_name = "key"
        self._keys = [key.get_secret_value().encode() for key in keys]

    async def __call__(self, request: Request) -> None:
        """As :meth:`authenticate`, for FastAPI."""
        self.authenticate(request)

    def authenticate(self, request: Request) -> None:
        """Return if the request carries one of the keys.

        Raises:
            InvalidRequest: it carries no key, or none of the service's.
        """
        scheme, _, credentials = (header(request, b"authorization") or "").partition(" ")
        if scheme.lower() != "bearer" or not credentials:
            raise _unauthorized("The request carries no API key.", "Bearer")
        token = credentials.strip().encode("latin-1")  # as Starlette decodes: the bytes sent
        # Every key is compared, each in constant time: the time tells nothing about them.
        matches = [hmac.compare_digest(token, key) for key in self._keys]
        if not any(matches):
            challenge = 'Bearer error="invalid_token"'
            raise _unauthorized("The API key is not one of the service's.", challenge)


def _unauthorized(detail: str, challenge: str) -> InvalidRequest:
    headers = (("WWW-Authenticate", challenge),)
    return InvalidRequest(problem("unauthorized", detail, headers=headers))
