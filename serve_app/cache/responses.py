"""Whole answers to the posts asked for most, ready to be sent.

Unpacking a record and laying its parts side by side takes a few times as long as
everything else that happens to a cached post before HTTP. Most callers ask for the same:
all analyses, as they come. For those the answer is kept as it was sent.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields

import orjson

from serve_app.request.post import PostRequest

#: Of the memory cache's bytes: few posts make most of the requests. 2 MiB are some 340 answers,
#: 53 % of the requests where 100,000 posts are asked for after Zipf's law.
READY_SHARE = 1 / 32
#: Beside the bytes: the digest, the object, a place in the table.
_OVERHEAD_BYTES = 500
_DEFAULTS = {
    field.name: field.default
    for field in fields(PostRequest)
    if field.name in ("analyses", "top_n")
}


@dataclass(frozen=True, slots=True)
class _Ready:
    rest: bytes
    versions: dict[str, str]


class ReadyAnswers:
    """The answers most recently sent from the cache, bounded in bytes.

    An answer is only as good as the record behind it: it is not given once the cache has
    let that go, or once a model has another version.

    Attributes:
        size_bytes: what the kept answers take, never above the limit.
    """

    def __init__(self, size_bytes: int, use: Callable[[str], bool]) -> None:
        """Empty.

        Args:
            size_bytes: the limit; 0 keeps nothing.
            use: counts a use of the record with this digest; whether it is still kept.
        """
        self._limit_bytes = size_bytes
        self._use = use
        self._answers: OrderedDict[str, _Ready] = OrderedDict()
        self.size_bytes = 0

    def __len__(self) -> int:
        return len(self._answers)

    def find(self, post: PostRequest, digest: str, versions: Mapping[str, str]) -> bytes | None:
        """The answer to a post with this digest, if it is there and still true."""
        ready = self._answers.get(digest)
        if ready is None or not _usual(post):
            return None
        if ready.versions != versions or not self._use(digest):
            self._remove(digest)
            return None
        self._answers.move_to_end(digest)
        return b'{"id":' + orjson.dumps(post.id) + ready.rest

    def keep(
        self, post: PostRequest, digest: str, versions: Mapping[str, str], answer: bytes
    ) -> None:
        """Keep an answer that was given from the cache, whole, by models of these versions.

        Args:
            post: what was answered; nothing is kept of an unusual request.
            digest: of its text.
            versions: of all analyses.
            answer: a JSON object that begins with the post's ``id``.
        """
        if not _usual(post) or digest in self._answers:
            return
        ready = _Ready(answer[len(b'{"id":' + orjson.dumps(post.id)) :], dict(versions))
        if _size_bytes(ready) > self._limit_bytes:
            return
        self._answers[digest] = ready
        self.size_bytes += _size_bytes(ready)
        while self.size_bytes > self._limit_bytes:
            self._remove(next(iter(self._answers)))

    def _remove(self, digest: str) -> None:
        self.size_bytes -= _size_bytes(self._answers.pop(digest))


def _usual(post: PostRequest) -> bool:
    """Whether the answer, its id apart, is that of most requests for the text."""
    return (
        post.analyses == _DEFAULTS["analyses"]
        and post.top_n == _DEFAULTS["top_n"]
        and (post.offsets == "codepoint" or post.text.isascii())
    )


def _size_bytes(ready: _Ready) -> int:
    return _OVERHEAD_BYTES + len(ready.rest)
