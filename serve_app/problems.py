"""The problem types of the service in one table, and problem details after RFC 9457.

To the members of RFC 9457 (application/problem+json) come three more: ``pointer``
(RFC 6901, into the body as sent), ``fix`` and ``request_id``. Knows no HTTP framework, so
that HTTP and Python handles report a problem in the same words.
"""

from dataclasses import dataclass, replace
from typing import Any

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class ProblemType:
    """One problem type (RFC 9457, 4); its page is ``/problems/{slug}``.

    Attributes:
        slug: the stable name; ``type`` in an answer is ``/problems/<slug>``.
        status: the HTTP status it is answered with.
        title: the same short sentence every time.
        fix: what the caller can do, where a single problem does not say it better.
        example: a ``detail`` as it may occur.
    """

    slug: str
    status: int
    title: str
    fix: str
    example: str

    @property
    def uri(self) -> str:
        """The URI reference that names the type (RFC 9457, 3.1.1)."""
        return f"/problems/{self.slug}"


_PROBLEM_TYPES = (
    ProblemType("not-json", 400, "The body is not JSON",
         "Send one JSON object, for example {\"text\": \"Thank you all!\"}.",
         "unexpected character, expected ':' after key, at line 2, column 6."),
    ProblemType("incomplete-request", 408, "The request did not arrive whole",
         "Send the whole body at once, as long as announced; fewer posts over a slow line.",
         "The body took longer than 60 s."),
    ProblemType("invalid-utf8", 400, "The body is not UTF-8",
         "Encode the body as UTF-8 before sending it.",
         "Byte 17 of the body (0xff) is not valid UTF-8."),
    ProblemType("blank-text", 422, "The text is empty or blank",
         "Send a text with at least one visible character, or leave the post out.",
         "The text has 3 characters, and none of them is visible."),
    ProblemType("text-too-long", 422, "The text is too long",
         "Split the text, and send the parts as a batch; nothing is cut in silence.",
         "The text has 25,310 characters; the limit is 20,000."),
    ProblemType("lone-surrogate", 422, "A string holds half of a surrogate pair",
         "Send the whole character: a text was probably cut in the middle of an emoji.",
         "Character 12 is the lone surrogate U+D83D."),
    ProblemType("nul-character", 422, "A string holds a NUL character",
         "Remove U+0000; PostgreSQL cannot keep it, and no post means it.",
         "Character 4 is U+0000."),
    ProblemType("wrong-type", 422, "A value has the wrong type",
         "Send the type that is named; values are not converted.",
         "'top_n' must be an integer; it is a string."),
    ProblemType("missing-field", 422, "A field is missing",
         "Add the field.",
         "'text' is missing."),
    ProblemType("unknown-field", 422, "A field is not known",
         "Remove the field; unknown ones are refused, so that a misspelt one is not ignored.",
         "'analysis' is no field of a post."),
    ProblemType("repeated-field", 422, "A field stands twice",
         "Send each field once: which of its values is meant cannot be told.",
         "'text' stands more than once."),
    ProblemType("unknown-analysis", 422, "An analysis is not known",
         "Use one of: sentiment, tone, keywords, entities, readability.",
         "'sentimant' is none of the analyses."),
    ProblemType("duplicate-analysis", 422, "An analysis is named twice",
         "Name each analysis once.",
         "'tone' is named more than once."),
    ProblemType("unknown-value", 422, "A value is none of the choices",
         "Use one of the choices.",
         "'offsets' must be one of codepoint, utf16, utf8; it is 'utf32'."),
    ProblemType("out-of-range", 422, "A value is out of its range",
         "Send a value inside the range.",
         "'top_n' must be from 1 to 50; it is 51."),
    ProblemType("empty-list", 422, "A list is empty",
         "Put at least one element into the list.",
         "'posts' is empty."),
    ProblemType("batch-too-large", 422, "The batch holds too many posts",
         "Send the posts in several batches.",
         "The batch holds 1,200 posts; the limit is 1,000."),
    ProblemType("invalid-digest", 422, "The digest is malformed",
         "Use the 'digest' of an answer: the SHA-256 of the text's UTF-8 bytes, in hex.",
         "A digest is 64 hexadecimal digits; this has 6 characters."),
    ProblemType("body-too-large", 413, "The body is too large",
         "Send fewer posts at a time.",
         "The body is larger than 8,388,608 bytes."),
    ProblemType("wrong-media-type", 415, "The media type is not supported",
         "Send the header 'Content-Type: application/json'.",
         "The body is announced as 'text/plain'."),
    ProblemType("unknown-host", 421, "The service is not known under this name",
         "Use the service's IP address or localhost, or list the name in api.allowed_hosts.",
         "The service is not known as 'posts.example.org'."),
    ProblemType("foreign-origin", 403, "The request comes from another site's page",
         "List the host of the page in api.allowed_hosts, or give the service API keys.",
         "The request comes from a page of 'https://example.org'."),
    ProblemType("wrong-method", 405, "The method is not allowed here",
         "Use a method named in the Allow header.",
         "/v1/analyze answers POST, not GET."),
    ProblemType("not-found", 404, "There is nothing at this path",
         "The routes are listed at /docs.",
         "No route is at '/v2/analyze'."),
    ProblemType("unknown-analysis-digest", 404, "No analysis is stored under this digest",
         "Analyse the text first with POST /v1/analyze; it is kept shortly after its answer.",
         "Nothing is stored under this digest."),
    ProblemType("unauthorized", 401, "An API key is needed",
         "Send the header 'Authorization: Bearer KEY' with one of the service's keys.",
         "The request carries no API key."),
    ProblemType("not-ready", 503, "The service is not ready",
         "Try again after the seconds named in the Retry-After header.",
         "The service is starting."),
    ProblemType("overloaded", 503, "The service has too much to do",
         "Try again after the seconds named in the Retry-After header.",
         "More text is waiting than the service takes on."),
    ProblemType("deadline-passed", 504, "The post's turn did not come in time",
         "Send it again, in a smaller batch or with a larger timeout_ms.",
         "The analyses were busy with the posts before it until its deadline."),
    ProblemType("store-unavailable", 503, "The database cannot be reached",
         "Try again after the seconds named in the Retry-After header; new texts are analysed.",
         "Stored analyses cannot be read now."),
    ProblemType("unreadable-row", 422, "A row of the file cannot be read",
         "Correct the row and run the command again.",
         "The row is not a JSON object; met by 'postlens analyze', never over HTTP."),
    ProblemType("internal", 500, "The service failed",
         "Try again; if it stays, give the request_id to whoever runs the service.",
         "An unexpected error occurred; the log has it under this request_id."),
)  # fmt: skip

#: Every problem type, by slug.
PROBLEM_TYPES = {problem_type.slug: problem_type for problem_type in _PROBLEM_TYPES}


@dataclass(frozen=True, slots=True)
class Problem:
    """One occurrence of a problem type.

    Attributes:
        type: which of :data:`PROBLEM_TYPES`.
        detail: what is wrong this time.
        pointer: JSON pointer to the place in the body; "" is the whole body, None where
            the problem is not in the body.
        fix: what to do about it.
        headers: HTTP headers of the response beside the usual ones, as (name, value).
    """

    type: ProblemType
    detail: str
    pointer: str | None
    fix: str
    headers: tuple[tuple[str, str], ...] = ()

    def with_prefix(self, prefix: str) -> "Problem":
        """The same problem in a larger body, where this one's body is at ``prefix``."""
        return replace(self, pointer=prefix + (self.pointer or ""))

    def as_dict(self, request_id: str | None) -> dict[str, Any]:
        """The members of the JSON object, fit for any JSON encoder."""
        return {
            "type": self.type.uri,
            "title": self.type.title,
            "status": self.type.status,
            "detail": _encodable(self.detail),
            "pointer": None if self.pointer is None else _encodable(self.pointer),
            "fix": _encodable(self.fix),
            "request_id": request_id,
        }


def problem(
    slug: str,
    detail: str,
    *,
    pointer: str | None = None,
    fix: str | None = None,
    headers: tuple[tuple[str, str], ...] = (),
) -> Problem:
    """A problem of the type ``slug``; ``fix`` defaults to that of the type."""
    problem_type = PROBLEM_TYPES[slug]
    return Problem(problem_type, detail, pointer, fix or problem_type.fix, headers)


def quote(value: str, *, limit: int = 60) -> str:
    """A caller's string in quotes for a detail, cut after ``limit`` characters."""
    return f"'{value}'" if len(value) <= limit else f"'{value[:limit]}…'"


def pointer_to(name: str) -> str:
    """The JSON pointer to a member of the whole body (RFC 6901, 3)."""
    return "/" + name.replace("~", "~0").replace("/", "~1")


def _encodable(text: str) -> str:
    # A caller's string may hold lone surrogates, which no JSON answer can carry.
    return text.encode("utf-8", "backslashreplace").decode()
