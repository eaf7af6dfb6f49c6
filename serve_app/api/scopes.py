"""What an API key allows: which scope each route asks for."""

from typing import Literal, get_args

#: What a key may allow, each by itself: none contains another.
Scope = Literal["analyze", "posts:read", "posts:write", "jobs", "admin"]

#: All of them, in the order in which they are shown.
SCOPES: tuple[Scope, ...] = get_args(Scope)

_READING = frozenset({"GET", "HEAD"})
#: They answer and keep nothing, although they have a body.
_READING_POSTS = frozenset({"/v1/posts:compare", "/v1/rules:preview"})


def scope_of(method: str, path: str) -> Scope:
    """The scope that a key needs for a route.

    Args:
        method: of HTTP.
        path: the route's template.
    """
    if any(_is_at(path, each) for each in ("/v1/analyze", "/v1/analyses", "/v1/drafts")):
        return "analyze"
    if _is_at(path, "/v1/keys") or _is_at(path, "/v1/usage"):
        return "admin"
    if _is_at(path, "/v1/jobs"):
        return "jobs"
    if method in _READING or path in _READING_POSTS:
        return "posts:read"
    return "admin" if path == "/v1/workspace" else "posts:write"


def _is_at(path: str, resource: str) -> bool:
    """Whether a path is the resource's or below it: ``/v1/keys``, ``/v1/keys/{id}:rotate``."""
    return path.startswith(resource) and path[len(resource) :][:1] in ("", "/", ":")
