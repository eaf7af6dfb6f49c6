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
    ProblemType("upgrade-required", 426, "This is spoken to by a WebSocket alone",
         "Open it with a client of WebSockets; a proxy on the way has to pass on 'Upgrade'.",
         "/v1/drafts was asked for without 'Upgrade: websocket'."),
    ProblemType("not-found", 404, "There is nothing at this path",
         "The routes are listed at /docs.",
         "No route is at '/v2/analyze'."),
    ProblemType("unknown-analysis-digest", 404, "No analysis is stored under this digest",
         "Analyse the text first with POST /v1/analyze; it is kept shortly after its answer.",
         "Nothing is stored under this digest."),
    ProblemType("unknown-post", 404, "There is no such post",
         "Use the 'id' of a post of this workspace; it may have been deleted.",
         "There is no post 01a21894-7cd7-771c-a18c-279637398a98."),
    ProblemType("invalid-post-id", 422, "The id is malformed",
         "Use the 'id' of a post as it was answered, a UUID.",
         "'post-7' is no id of a post."),
    ProblemType("no-vector", 409, "The post cannot be compared with others",
         "Ask for another post, or for this one once it is analysed.",
         "The post is pending: similar ones are found once it is analysed."),
    ProblemType("pgvector-missing", 501, "The database lacks an extension",
         "Install pgvector 0.7 or later on the server of the database, and have a superuser run "
         "CREATE EXTENSION vector in the database; the index is made within minutes.",
         "The workspace has more than 20,000 posts, and pgvector is not installed."),
    ProblemType("unknown-revision", 404, "The post has no such revision",
         "Name one of GET /v1/posts/{id}/revisions; of many the oldest are dropped.",
         "The post 01a21894-7cd7-771c-a18c-279637398a98 has no revision 7; it has 1 to 3."),
    ProblemType("unknown-rule", 404, "There is no such rule",
         "List the rules with GET /v1/rules.",
         "There is no rule '01a21894-7cd7-771c-a18c-279637398a98'."),
    ProblemType("unknown-correction", 404, "There is no such correction",
         "List the corrections with GET /v1/corrections.",
         "There is no correction '01a21894-7cd7-771c-a18c-279637398a98'."),
    ProblemType("contradicting-rule", 409, "Another rule says otherwise",
         "Withdraw the other rule first.",
         "Of 'Target' the rule 01a21894-7cd7-771c-a18c-279637398a98 says otherwise."),
    ProblemType("unsearchable-phrase", 422, "The phrase cannot be looked for",
         "Send a word, or several.",
         "'!?' has neither a letter nor a digit."),
    ProblemType("too-many-rules", 409, "There are too many rules or corrections",
         "Withdraw some that are not needed.",
         "The workspace has 1,000 rules in force; the limit is 1,000."),
    ProblemType("nothing-to-correct", 409, "The answer has no such place",
         "Read the post again, and correct what its answer shows.",
         "No sentence of the post is from 10 to 20."),
    ProblemType("external-id-taken", 409, "Another post has this external id",
         "Change that post, or give this one another external id.",
         "The external id is that of the post 01a21894-7cd7-771c-a18c-279637398a98."),
    ProblemType("precondition-failed", 412, "The post has changed",
         "Read the post again, and send its new ETag.",
         "The post has the ETag \"3\"; If-Match names \"2\"."),
    ProblemType("idempotency-key-reused", 422, "The key was another request's",
         "Send a new key with each new request, and the same one only with the same body.",
         "The Idempotency-Key 'order-17' was sent with another body before."),
    ProblemType("contradictory-filter", 422, "The conditions contradict each other",
         "Leave one of them out: no post can meet them all.",
         "'tag' and 'has_not=tags' exclude each other."),
    ProblemType("unsearchable-query", 422, "There is no word to look for",
         "Add a word that is not in every text.",
         "'the -shell' names no word to look for."),
    ProblemType("unknown-alert", 404, "There is no such alert rule",
         "List the rules with GET /v1/alerts.",
         "There is no alert rule '01a21894-7cd7-771c-a18c-279637398a98'."),
    ProblemType("unknown-event", 404, "There is no such event",
         "List the events with GET /v1/alerts/events.",
         "There is no event '01a21894-7cd7-771c-a18c-279637398a98'."),
    ProblemType("unknown-webhook", 404, "There is no such webhook",
         "List the webhooks with GET /v1/webhooks.",
         "There is no webhook '01a21894-7cd7-771c-a18c-279637398a98'."),
    ProblemType("unknown-delivery", 404, "There is no such delivery",
         "List the deliveries of the webhook.",
         "The webhook has no delivery '01a21894-7cd7-771c-a18c-279637398a98' that has ended."),
    ProblemType("refused-url", 422, "The URL is none that is called",
         "Name an https address of the public internet, without credentials.",
         "The URL is not called: 10.0.0.1 is not an address of the public internet."),
    ProblemType("limit-reached", 409, "There are as many as there may be",
         "Delete one that is not needed.",
         "The workspace has 20 webhooks; the limit is 20."),
    ProblemType("invalid-cursor", 422, "The cursor cannot be used here",
         "Send the 'next_cursor' of a page with the same filter and sort, or no cursor.",
         "The cursor is damaged, or of another list."),
    ProblemType("contradictory-filter", 422, "The conditions contradict each other",
         "Leave one of them out: no post can meet them all.",
         "'author' and 'tag' do not go together."),
    ProblemType("unknown-job", 404, "There is no such job",
         "Use an id of GET /v1/jobs, in the workspace of the job.",
         "There is no job '01a21894-7cd7-771c-a18c-279637398a98'."),
    ProblemType("job-cancelled", 409, "The job was cancelled",
         "Send the posts again, as another job.",
         "The job was cancelled: its posts are no longer kept."),
    ProblemType("job-is-running", 409, "The job has not ended",
         "Cancel it first, or wait for its end.",
         "The job is running."),
    ProblemType("analysis-failed", 500, "The analysis did not succeed",
         "Retry the job; if that fails too, send the post by itself.",
         "sentiment is missing, after 10 attempts."),
    ProblemType("no-database", 501, "This service keeps no posts",
         "Start it with POSTLENS_DATABASE_URL, or by 'postlens serve', which has a Postgres.",
         "The service has no database."),
    ProblemType("unauthorized", 401, "An API key is needed",
         "Send the header 'Authorization: Bearer KEY' with one of the service's keys.",
         "The request carries no API key."),
    ProblemType("forbidden", 403, "The API key does not allow this",
         "Use a key with the scope that is named, or have one made with POST /v1/keys.",
         "The API key does not have the scope 'admin'; it has: analyze, posts:read."),
    ProblemType("unknown-key", 404, "There is no such key",
         "List the keys with GET /v1/keys.",
         "There is no key '01a21894-7cd7-771c-a18c-279637398a98'."),
    ProblemType("key-ended", 409, "The key is not in force",
         "Make a new key with POST /v1/keys.",
         "The key 'dashboard' was revoked."),
    ProblemType("rate-limited", 429, "The key sends too many posts at a time",
         "Try again after the seconds named in the Retry-After header.",
         "The request holds 100 posts, and 40 of the key's 600 a minute are left; it fits in 6 s."),
    ProblemType("quota-exhausted", 429, "The key has used up its month",
         "Wait for the next month, or have an admin raise the limit with PATCH /v1/keys/{id}.",
         "The request holds 100 posts, and 40 of the key's 100,000 of this month are left; the "
         "next month begins on 2026-06-01 at 0:00 UTC."),
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
    ProblemType("unreadable-file", 422, "There is nothing to read posts from",
         "Correct the file, or say how it is to be read, and send it again.",
         "The file is no JSON array: it begins neither with [ nor with {."),
    ProblemType("unreadable-url", 422, "The URL gives no file",
         "Correct the URL, or sign it anew, and send the job again.",
         "The server answers 403."),
    ProblemType("unreadable-row", 422, "A row of the file cannot be read",
         "Correct the row and send the file again.",
         "'text' is missing; write {\"id\": ..., \"text\": ...}."),
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
