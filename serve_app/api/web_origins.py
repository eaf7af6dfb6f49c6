"""Which web pages may use a service that asks for no key.

A browser lets any page send requests to a service on its user's machine, and a name that an
attacker's DNS points there (DNS rebinding) even lets the page read the answers. A request
betrays both: by a Host that is such a name, and by the Origin of another site. A
service with keys needs none of this, for a page has no key.
"""

import ipaddress
import re
from collections.abc import Sequence
from functools import lru_cache

from starlette.requests import Request

from serve_app.problems import Problem, problem, quote

#: Among the allowed hosts: every name.
ANY_HOST = "*"
#: ``host[:port]`` in lower case; the host is an IPv6 address in brackets, or anything else.
_AUTHORITY = re.compile(r"(?:\[([0-9a-f:.]+)\]|([^:\[\]@/?#]+))(?::\d*)?", re.ASCII)


class WebOrigins:
    """Tells requests that another site's page may have caused."""

    def __init__(self, allowed_hosts: Sequence[str] = ()) -> None:
        """The policy.

        Args:
            allowed_hosts: names of the service beside those that nobody can point at it:
                IP addresses, ``localhost`` and names without a dot; ``*`` is every name.
        """
        self._allowed = frozenset(name.lower().rstrip(".") for name in allowed_hosts)
        self._host_allowed = lru_cache(maxsize=256)(self._is_allowed)

    def refusal(self, request: Request, *, known_origin: bool = False) -> Problem | None:
        """The problem with where the request comes from; None where there is none.

        Args:
            request: with the Host and the Origin that a browser gives it.
            known_origin: whether pages of its origin may use the service by setting.
        """
        host, origin = _host_and_origin(request)
        if not self._host_allowed(host):
            detail = f"The service is not known as {quote(host.decode('latin-1'))}."
            return problem("unknown-host", detail)
        return None if known_origin else self._foreign(origin, host)

    def foreign_origin(self, request: Request) -> Problem | None:
        """The problem with the page that the request comes from; None where there is none.

        For WebSockets, which browsers open from any page, and let it read, whoever needs a key.
        """
        host, origin = _host_and_origin(request)
        return self._foreign(origin, host)

    def _foreign(self, origin: bytes, host: bytes) -> Problem | None:
        if not origin or self._is_own(origin, host):
            return None
        detail = f"The request comes from a page of {quote(origin.decode('latin-1'))}."
        return problem("foreign-origin", detail)

    def _is_allowed(self, host: bytes) -> bool:
        """Whether a Host names the service; no browser leaves it out."""
        name = _host_name(host.decode("latin-1").lower())
        return not host or self._is_listed(name) or _cannot_be_rebound(name)

    def _is_own(self, origin: bytes, host: bytes) -> bool:
        """Whether a page of this origin is the service's own, or of an allowed host."""
        authority = origin.decode("latin-1").lower().partition("://")[2]
        own = authority == host.decode("latin-1").lower()
        return own or self._is_listed(_host_name(authority))

    def _is_listed(self, name: str) -> bool:
        return name in self._allowed or ANY_HOST in self._allowed


def _host_and_origin(request: Request) -> tuple[bytes, bytes]:
    """The two headers; empty where they are not there."""
    host, origin = b"", b""
    for name, value in request.scope["headers"]:
        if name == b"host":
            host = value
        elif name == b"origin":
            origin = value
    return host, origin


def _host_name(authority: str) -> str:
    """The host without port, brackets and final dot; empty where this is no authority."""
    match = _AUTHORITY.fullmatch(authority)
    return (match[1] or match[2]).rstrip(".") if match else ""


def _cannot_be_rebound(name: str) -> bool:
    """Whether no DNS of others says where this name leads (RFC 6761, 6.3, for localhost)."""
    if name.endswith(".localhost"):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return bool(name) and "." not in name and ":" not in name
    return True
