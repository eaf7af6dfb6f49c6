"""Who may call, for which workspace and for what: API keys as bearer tokens (RFC 6750).

Keys are compared by their SHA-256: a look-up of a digest tells nothing of a key by its time.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from starlette.requests import Request

from serve_app.api.headers import header
from serve_app.api.scopes import SCOPES, Scope, scope_of
from serve_app.errors import InvalidRequest
from serve_app.problems import problem
from serve_app.quotas.limits import KeyQuota
from serve_app.settings import DEFAULT_WORKSPACE, ApiKey

#: Where in ASGI's scope the :class:`Principal` is, once it is known.
PRINCIPAL = "postlens.principal"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who sent a request.

    Attributes:
        workspace: the name of the one that the caller works in.
        scopes: what the caller may do.
        key: the id of the key; None for one of the environment, and where none was needed.
        quota: of a key with limits.
        is_operator: whoever runs the service: nothing asked for a key.
    """

    workspace: str = DEFAULT_WORKSPACE
    scopes: frozenset[Scope] = frozenset(SCOPES)
    key: UUID | None = None
    quota: KeyQuota | None = None
    is_operator: bool = False


#: The holder of a kept key by the key's SHA-256, or None where no key in force has it.
FindPrincipal = Callable[[bytes], Principal | None]

_OPERATOR = Principal(is_operator=True)


def workspace_of(request: Request) -> str:
    """The name of the workspace that the request is for."""
    return principal_of(request).workspace


def principal_of(request: Request) -> Principal:
    """Who sent the request."""
    principal: Principal = request.scope.get(PRINCIPAL, _OPERATOR)
    return principal


class ApiKeyAuthentication(SecurityBase):
    """Lets a request pass that carries a key with the scope of its route; a FastAPI dependency.

    Attributes:
        model: how OpenAPI describes it.
        scheme_name: what OpenAPI calls it.
        required: whether a request needs a key; one that it carries has to be right anyhow.
    """

    def __init__(
        self,
        keys: Sequence[ApiKey] = (),
        find: FindPrincipal | None = None,
        *,
        required: bool = True,
    ) -> None:
        """Over the keys that there are.

        Args:
            keys: of the environment; each allows everything in its workspace.
            find: looks for those that are kept in Postgres.
            required: whether every request needs one.
        """
        self.model = HTTPBearer()
        self.scheme_name = "key"
        self.required = required
        self._find = find or (lambda digest: None)
        self._principals = {
            digest_of(key.key.get_secret_value().encode()): Principal(key.workspace) for key in keys
        }

    async def __call__(self, request: Request) -> None:
        """As :meth:`authenticate`, for FastAPI."""
        self.authenticate(request, scope_of(request.method, request.scope["route"].path))

    def authenticate(self, request: Request, scope: Scope) -> None:
        """Return if the request may have what it asks for, and note its caller in the scope.

        One that does not come over HTTP has its caller there already, and needs no key
        (:mod:`serve_app.api.direct_requests`).

        Args:
            request: as it came.
            scope: what it needs.

        Raises:
            InvalidRequest: it carries no key where one is needed, one that is not in force, or one
                without the scope.
            StoreUnavailable: the keys in Postgres have not been read yet.
        """
        if PRINCIPAL in request.scope:
            return
        principal = self._principal(request)
        if scope not in principal.scopes:
            raise _forbidden(scope, principal)
        request.scope[PRINCIPAL] = principal

    def _principal(self, request: Request) -> Principal:
        authorization = header(request, b"authorization")
        if authorization is None and not self.required:
            return _OPERATOR
        scheme, _, credentials = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not credentials:
            raise _unauthorized("The request carries no API key.", "Bearer")
        # As Starlette decodes headers: the bytes sent.
        digest = digest_of(credentials.strip().encode("latin-1"))
        principal = self._principals.get(digest) or self._find(digest)
        if principal is None:
            challenge = 'Bearer error="invalid_token"'
            raise _unauthorized("The API key is not one of the service's.", challenge)
        return principal


def digest_of(token: bytes) -> bytes:
    """The SHA-256 of a key: 32 bytes, all that is kept of it.

    A slow hash is for what people choose; nobody tries 2**256 keys.
    """
    return hashlib.sha256(token).digest()


def _unauthorized(detail: str, challenge: str) -> InvalidRequest:
    headers = (("WWW-Authenticate", challenge),)
    return InvalidRequest(problem("unauthorized", detail, headers=headers))


def _forbidden(scope: Scope, principal: Principal) -> InvalidRequest:
    allowed = ", ".join(name for name in SCOPES if name in principal.scopes)
    detail = f"The API key does not have the scope '{scope}'; it has: {allowed}."
    headers = (("WWW-Authenticate", f'Bearer error="insufficient_scope", scope="{scope}"'),)
    return InvalidRequest(problem("forbidden", detail, headers=headers))
