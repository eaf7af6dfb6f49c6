"""A request's headers as ASGI gives them.

Starlette's mapping decodes and compares every header anew for each question; on a cached
answer that was a tenth of our own time.
"""

from starlette.requests import Request


def headers(request: Request, name: bytes) -> list[str]:
    """All headers of this name; see :func:`header`."""
    return [
        str(value, "latin-1")
        for header_name, value in request.scope["headers"]
        if header_name == name
    ]


def header(request: Request, name: bytes) -> str | None:
    """The first header of this name.

    Args:
        request: its headers have names in lower case (ASGI).
        name: in lower case.
    """
    for header_name, value in request.scope["headers"]:
        if header_name == name:
            return str(value, "latin-1")
    return None
