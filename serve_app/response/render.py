"""One post's JSON answer, put together from encoded parts.

The parts are stored with offsets in code points and with all keywords; what a caller chose
about their presentation (``offsets``, ``top_n``) is applied here. No part is parsed unless its
offsets have to be converted.
"""

from collections.abc import Mapping

import orjson

from deployments.wire import EncodedSection, first_keywords
from serve_app.request.post import PostRequest
from serve_app.response.offsets import convert


def render(
    post: PostRequest,
    digest: str,
    preamble: bytes,
    sections: Mapping[str, EncodedSection],
    cache: str,
) -> bytes:
    """The complete JSON object that answers ``post``.

    Args:
        post: the request, for its id, text and presentation.
        digest: the text's digest.
        preamble: see :func:`serve_app.analysis_record.preamble`.
        sections: the sections to show, by analysis.
        cache: ``hit``, ``partial`` or ``miss``.
    """
    bodies = {name: section.body for name, section in sections.items()}
    if "keywords" in bodies:
        bodies["keywords"] = first_keywords(bodies["keywords"], post.top_n)
    answer = _join(post.id, digest, cache, preamble, bodies)
    if post.offsets == "codepoint" or post.text.isascii():
        return answer
    return orjson.dumps(convert(orjson.loads(answer), post.text, post.offsets))


def render_section(post: PostRequest, name: str, body: bytes) -> bytes:
    """One section's JSON object as :func:`render` puts it into the answer to ``post``.

    Args:
        post: the request, for its text and presentation.
        name: of the analysis.
        body: offsets in code points, all keywords.
    """
    if name == "keywords":
        body = first_keywords(body, post.top_n)
    if post.offsets == "codepoint" or post.text.isascii():
        return body
    return orjson.dumps(convert(orjson.loads(body), post.text, post.offsets))


def _join(
    post_id: str | None, digest: str, cache: str, preamble: bytes, bodies: Mapping[str, bytes]
) -> bytes:
    # Bytes laid side by side: the parts are JSON already, and parsing them again would be
    # most of the time of a cached answer.
    opening = orjson.dumps({"id": post_id, "digest": digest, "cache": cache})
    parts = [opening[:-1], preamble[1:-1]]
    parts += [b'"' + name.encode() + b'":' + body for name, body in bodies.items()]
    return b",".join(parts) + b"}"
