"""What a caller would rather have: the header Prefer (RFC 7240)."""

import re

from starlette.requests import Request

from serve_app.api.headers import headers

_LENIENT = re.compile(r'(^|,)\s*handling\s*=\s*("lenient"|lenient)\s*([,;]|$)', re.IGNORECASE)


def prefers_lenient(request: Request) -> bool:
    """Whether part of an answer is welcome where the whole would be refused (section 4.4)."""
    return any(_LENIENT.search(value) for value in headers(request, b"prefer"))
