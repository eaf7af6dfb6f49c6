"""One post's JSON answer, put together from encoded parts.

The parts are kept with offsets in code points and with all keywords; what a caller
chose about their presentation (``offsets``, ``top_n``) is applied here, and only
then is any part decoded.
"""

from collections.abc import Mapping

import orjson

from deployments.wire import EncodedSection
from serve_app.request.post import PostRequest
from serve_app.response.offsets import convert


def render(
    post: PostRequest,
    digest: str,
    head: bytes,
    sections: Mapping[str, EncodedSection],
    cache: str,
) -> bytes:
    """The complete JSON object that answers ``post``.

    Args:
        post: the request, for its id, text and presentation.
        digest: the text's digest.
        head: ``{"language": ..., "signals": ...}`` as in :class:`serve_app.analysis_record.Record`.
        sections: the sections to show, by analysis.
        cache: ``hit``, ``partial`` or ``miss``.
    """
    bodies = {name: section.body for name, section in sections.items()}
    if "keywords" in bodies:
        bodies["keywords"] = _first_keywords(bodies["keywords"], post.top_n)
    answer = _join(post.id, digest, cache, head, bodies)
    if post.offsets == "codepoint" or post.text.isascii():
        return answer
    return orjson.dumps(convert(orjson.loads(answer), post.text, post.offsets))


def _first_keywords(body: bytes, top_n: int) -> bytes:
    section = orjson.loads(body)
    if len(section.get("items", ())) <= top_n:
        return body
    section["items"] = section["items"][:top_n]
    return orjson.dumps(section)


def _join(
    post_id: str | None, digest: str, cache: str, head: bytes, bodies: Mapping[str, bytes]
) -> bytes:
    # Bytes laid side by side: the parts are JSON already, and parsing them again would be
    # most of the time of a cached answer.
    first = orjson.dumps({"id": post_id, "digest": digest, "cache": cache})
    parts = [first[:-1], head[1:-1]]
    parts += [b'"' + name.encode() + b'":' + body for name, body in bodies.items()]
    return b",".join(parts) + b"}"
