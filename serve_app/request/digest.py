"""A digest as a caller gives it: by HTTP in a path, by Ray as an argument."""

import re

from serve_app.errors import InvalidRequest
from serve_app.problems import problem

DIGEST = re.compile(r"[0-9a-fA-F]{64}")


def parse_digest(value: str) -> str:
    """The digest in lower case, as texts are stored under it.

    Raises:
        InvalidRequest: it is not 64 hexadecimal digits.
    """
    if DIGEST.fullmatch(value):
        return value.lower()
    detail = f"A digest is 64 hexadecimal digits; this has {len(value):,} characters."
    if len(value) == 64:
        detail = "A digest is 64 hexadecimal digits; this has other characters."
    raise InvalidRequest(problem("invalid-digest", detail))
