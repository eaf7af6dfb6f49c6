"""Ray's configuration of HAProxy, adjusted line by line: deadlines, errors, request ids.

Ray 2.60 renders it from a template that has settings for none of this. Each adjustment
looks for the lines it replaces, and fails where they are missing: another Ray may mean
something else by them. Knows no process and no file.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

import orjson

from serve_app.logs import REQUEST_ID_PATTERN
from serve_app.problems import MEDIA_TYPE, problem

#: Seconds for the whole head of a request.
HEADER_TIMEOUT_S = 10
#: Seconds in which a caller must send or take something; waiting for an answer does not count.
CLIENT_TIMEOUT_S = 20
#: A WebSocket may say nothing for so long; the replica asks every 20 s whether its caller is there.
TUNNEL_TIMEOUT_S = 60
RETRY_AFTER_S = 1

_ADJUSTED = "# Adjusted by PostLens.\n"
#: Headers by which a caller would steer Serve itself; it answers 500 where they are not ASCII.
_SERVE_HEADERS = (
    "^(serve[-_]multiplexed[-_]model[-_]id|x[-_]session[-_]id|x-request-timeout-seconds"
    "|x-request-disconnect-disabled)$"
)
_REQUEST_ID = "%[var(txn.request_id)]"
#: Serve reads a body as fast as it comes, to see its sender leave, and keeps what the application
#: has not asked for yet in memory: 2 GiB of a file. This turns it off where files are sent, or
#: messages without end; the application sees its senders leave by itself.
_AS_ASKED_FOR = (
    "X-Request-Disconnect-Disabled ?1 "
    "if { path,url_dec -m end /v1/posts:import /v1/jobs /v1/drafts }"
)


class UnknownConfiguration(Exception):
    """A line that is to be replaced is missing: this Ray renders another configuration."""


class _Adjustment(NamedTuple):
    """One replacement.

    Attributes:
        lines: a pattern of whole lines.
        replacement: for them, as of :func:`re.sub`.
        times: how often they have to be there.
    """

    lines: str
    replacement: str
    times: int = 1


def adjusted(config: str, *, loopback: bool) -> str:
    """The configuration as PostLens wants it; one that is so already stays as it is.

    Args:
        config: as Ray renders it.
        loopback: bind HAProxy's metrics to loopback rather than to every interface.

    Raises:
        UnknownConfiguration: it is not that of the Ray this was written for.
    """
    if config.startswith(_ADJUSTED):
        return config
    for adjustment in _adjustments(loopback=loopback):
        pattern = re.compile(f"^{adjustment.lines}$", re.MULTILINE)
        config, count = pattern.subn(adjustment.replacement, config)
        if count != adjustment.times:
            raise UnknownConfiguration(
                f"HAProxy's configuration has {count} lines like '{adjustment.lines}' instead of "
                f"{adjustment.times}: it is not that of Ray 2.60. Install the pinned Ray, or adapt "
                f"{__name__}."
            )
    return _ADJUSTED + config


def _adjustments(*, loopback: bool) -> Iterator[_Adjustment]:
    # The log goes to UDP port 514, where nobody listens, from a socket open to everyone.
    yield _Adjustment(r"    log \S+ local0 info", "")
    deadlines = (
        f"    timeout client {CLIENT_TIMEOUT_S}s",
        f"    timeout http-request {HEADER_TIMEOUT_S}s",
        f"    timeout tunnel {TUNNEL_TIMEOUT_S}s",
    )
    yield _Adjustment(r"    timeout client \d+s", "\n".join(deadlines))
    error_files = r"    errorfile 502 .*\n    errorfile 503 .*\n    errorfile 504 .*"
    yield _Adjustment(error_files, _literally(_errors()))
    frontend = r"(frontend http_frontend\n    bind .*)"
    yield _Adjustment(frontend, r"\1\n" + _literally(_frontend_rules()))
    not_found = r"    http-request return status 404 content-type text/plain lf-string \"Path .*"
    yield _Adjustment(not_found, _literally(f"    http-request return {_reply(*_NO_REPLICA)}"))
    if loopback:
        # The frontend's own line has four blanks and a host, which may be every interface: `*`.
        for line in (r"(    bind ):(\d+)", r"(  bind )\*:(\d+)"):
            yield _Adjustment(line, r"\g<1>127.0.0.1:\2")


def _literally(replacement: str) -> str:
    return replacement.replace("\\", r"\\")


#: Problem types with their details.
_NO_REPLICA = ("not-ready", "No replica of the driver is up now.")
_REPLICA_GONE = ("not-ready", "The replica that had the request has ended.")
_INCOMPLETE = (
    "incomplete-request",
    f"The body paused for {CLIENT_TIMEOUT_S} s, broke off, or is not valid HTTP.",
)
_FAILED = ("internal", "An unexpected error occurred.")

#: HAProxy's own errors about requests whose head it could read, by status, which "http-error"
#: cannot change. To the others it answers as it was compiled.
_OWN_ERRORS = {
    400: _INCOMPLETE,
    408: _INCOMPLETE,
    502: _REPLICA_GONE,
    503: _NO_REPLICA,
    504: _REPLICA_GONE,
}


def _errors() -> str:
    lines = (_reply(*error, own_status=status) for status, error in _OWN_ERRORS.items())
    return "\n".join(f"    http-error {line}" for line in lines)


def _frontend_rules() -> str:
    """In the order in which HAProxy applies them."""
    is_one = "{ req.fhdr_cnt(x-request-id) eq 1 }"
    is_valid = f"{{ req.fhdr(x-request-id) -m reg ^{REQUEST_ID_PATTERN}$ }}"
    has_id = "{ var(txn.request_id) -m found }"
    # Serve's own answers are text, and the service's are not.
    by_serve = "{ status ge 400 } { res.hdr(content-type) -m beg text/plain }"
    by_haproxy = "!{ var(txn.by_replica) -m found }"
    rules = (
        f"http-request set-header X-Request-Id %[uuid,regsub(-,,g)] unless {is_one} {is_valid}",
        "http-request set-var(txn.request_id) req.fhdr(x-request-id)",
        f"http-request del-header {_SERVE_HEADERS} -m reg",
        f"http-request set-header {_AS_ASKED_FOR}",
        "http-response set-var(txn.by_replica) bool(true)",
        f"http-response return {_reply(*_NO_REPLICA)} if {by_serve} {{ status 404 408 503 }}",
        f"http-response return {_reply(*_FAILED)} if {by_serve}",
        f"http-after-response set-status 408 if {{ status 400 }} {by_haproxy}",
        f"http-after-response set-status 503 if {{ status 502 504 }} {by_haproxy}",
        # Serve adds one beside the service's.
        f"http-after-response set-header X-Request-Id {_REQUEST_ID} if {has_id}",
    )
    return "\n".join(f"    {rule}" for rule in rules)


def _reply(slug: str, detail: str, *, own_status: int | None = None) -> str:
    """Arguments of a rule that answers with a problem.

    Args:
        slug: of the problem type.
        detail: of this problem.
        own_status: HAProxy's, for one of its own errors.
    """
    refusal = problem(slug, detail)
    status = own_status or refusal.type.status
    body = orjson.dumps(refusal.as_dict(_REQUEST_ID)).decode().replace("'", r"'\''")
    reply = f"status {status} content-type {MEDIA_TYPE} lf-string '{body}'"
    return reply + (f" hdr Retry-After {RETRY_AFTER_S}" if refusal.type.status == 503 else "")
