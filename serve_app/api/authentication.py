"""Who may call: API keys as bearer tokens (RFC 6750), where the service has any."""

import hmac
from collections.abc import Sequence

from pydantic import SecretStr
from starlette.requests import Request

from serve_app.api.headers import header
from serve_app.errors import InvalidRequest
from serve_app.problems import problem


class Gate:
    """Lets a request pass that carries one of the keys; without keys, every request."""

    def __init__(self, keys: Sequence[SecretStr]) -> None:
        self._keys = [key.get_secret_value().encode() for key in keys]

    @property
    def closed(self) -> bool:
        """Whether a key is needed."""
        return bool(self._keys)

    def admit(self, request: Request) -> None:
        """Return if the request may pass.

        Raises:
            InvalidRequest: it carries no key, or none of the service's.
        """
        if not self._keys:
            return
        scheme, _, given = (header(request, b"authorization") or "").partition(" ")
        if scheme.lower() != "bearer" or not given:
            raise _unauthorized("The request carries no API key.", "Bearer")
        token = given.strip().encode("latin-1")  # as Starlette decodes headers: the bytes sent
        # Every key is compared, each in constant time: the time tells nothing about them.
        known = [hmac.compare_digest(token, key) for key in self._keys]
        if not any(known):
            challenge = 'Bearer error="invalid_token"'
            raise _unauthorized("The API key is not one of the service's.", challenge)


def _unauthorized(detail: str, challenge: str) -> InvalidRequest:
    headers = (("WWW-Authenticate", challenge),)
    return InvalidRequest(problem("unauthorized", detail, headers=headers))
