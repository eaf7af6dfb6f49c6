"""Whole answers to the posts asked for most, as they were sent.

Decoding a record and laying its parts side by side takes a few times as long as everything
else that happens to a cached post before HTTP. Most callers ask for the same: all analyses,
as they come. For those the answer is cached as it was sent.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields

import orjson

from serve_app.request.post import PostRequest

#: Of the cache's memory: few posts make most of the requests. 2 MiB are some 340 answers,
#: 53 % of the requests where 100,000 posts are asked for after Zipf's law.
RESPONSE_CACHE_SHARE = 1 / 32
#: Beside the bytes: the digest, the object, a place in the table.
_OVERHEAD_BYTES = 500
_DEFAULTS = {
    field.name: field.default
    for field in fields(PostRequest)
    if field.name in ("analyses", "top_n")
}


@dataclass(frozen=True, slots=True)
class _Response:
    """An answer without its beginning.

    Attributes:
        after_id: the JSON object's bytes that follow the post's id.
        versions: of the models that gave it, by analysis.
    """

    after_id: bytes
    versions: dict[str, str]

    @property
    def size_bytes(self) -> int:
        """What it takes in memory."""
        return _OVERHEAD_BYTES + len(self.after_id)


class ResponseCache:
    """The answers most recently sent from the cache, bounded in bytes; the LRU one leaves first.

    An answer is only as good as the record behind it: it is not given once that has left the
    cache, or once a model has another version.

    Attributes:
        size_bytes: what the answers take, never above the limit.
    """

    def __init__(self, limit_bytes: int, count_use: Callable[[str], bool]) -> None:
        """Empty.

        Args:
            limit_bytes: what the answers may take; 0 keeps none.
            count_use: counts a use of the record with this digest; whether it is still cached.
        """
        self._limit_bytes = limit_bytes
        self._count_use = count_use
        self._responses: OrderedDict[str, _Response] = OrderedDict()
        self.size_bytes = 0

    def __len__(self) -> int:
        return len(self._responses)

    def find(self, post: PostRequest, digest: str, versions: Mapping[str, str]) -> bytes | None:
        """The answer to a post with this digest, if it is cached and these models gave it."""
        response = self._responses.get(digest)
        if response is None or not _is_default(post):
            return None
        if response.versions != versions or not self._count_use(digest):
            self._remove(digest)
            return None
        self._responses.move_to_end(digest)
        return b'{"id":' + orjson.dumps(post.id) + response.after_id

    def put(
        self, post: PostRequest, digest: str, versions: Mapping[str, str], answer: bytes
    ) -> None:
        """Cache an answer that was given from the cache, whole, by models of these versions.

        Args:
            post: what was answered; only answers to default requests are cached.
            digest: of its text.
            versions: of all analyses.
            answer: a JSON object that begins with the post's ``id``.
        """
        if not _is_default(post) or digest in self._responses:
            return
        response = _Response(answer[len(b'{"id":' + orjson.dumps(post.id)) :], dict(versions))
        if response.size_bytes > self._limit_bytes:
            return
        self._responses[digest] = response
        self.size_bytes += response.size_bytes
        while self.size_bytes > self._limit_bytes:
            self._remove(next(iter(self._responses)))

    def forget(self, digests: Iterable[str]) -> None:
        """Remove the answers to these texts."""
        for digest in digests:
            if digest in self._responses:
                self._remove(digest)

    def _remove(self, digest: str) -> None:
        self.size_bytes -= self._responses.pop(digest).size_bytes


def _is_default(post: PostRequest) -> bool:
    """Whether the answer, its id apart, is that of most requests for the text."""
    return (
        post.analyses == _DEFAULTS["analyses"]
        and post.top_n == _DEFAULTS["top_n"]
        and (post.offsets == "codepoint" or post.text.isascii())
    )
