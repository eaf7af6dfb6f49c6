"""What a caller would rather have: the header Prefer (RFC 7240)."""

from starlette.requests import Request

from serve_app.api.headers import headers

#: Part of an answer is welcome where the whole would be refused (section 4.4).
LENIENT = "handling=lenient"
#: An answer before all is done (section 4.1).
RESPOND_ASYNC = "respond-async"


def has_preference(request: Request, preference: str) -> bool:
    """Whether the caller would rather have it so.

    Args:
        request: its preferences may stand in several headers, and have parameters.
        preference: in lower case, without spaces and quotes.
    """
    given = ",".join(headers(request, b"prefer")).lower().translate(_BARE).split(",")
    return any(each.partition(";")[0] == preference for each in given)


_BARE = str.maketrans("", "", ' \t"')


def prefer_parameter(description: str) -> dict[str, object]:
    """The header in the OpenAPI document."""
    return {
        "name": "Prefer",
        "in": "header",
        "required": False,
        "description": description,
        "schema": {"type": "string"},
    }
