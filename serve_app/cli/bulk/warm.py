"""What ``postlens warm`` does: send a file's posts to a service, so that it has them cached.

The answers are thrown away; only what became of the posts is counted.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from serve_app.cli.bulk.pipeline import Analyse, Source, answers, chunks
from serve_app.cli.bulk.readers import rows

_FINAL = ("ok", "unsupported_language")


@dataclass(slots=True)
class Warmed:
    """What became of the posts.

    Attributes:
        cached: were answered from a cache, whole.
        computed: were analysed, at least in part, and are in the cache now.
        incomplete: an analysis gave no answer in time; the next request finds more of it.
        failed: the row could not be read, or the service refused the post.
    """

    cached: int = 0
    computed: int = 0
    incomplete: int = 0
    failed: int = 0

    @property
    def posts(self) -> int:
        """All of them."""
        return self.cached + self.computed + self.incomplete + self.failed

    def count(self, answer: dict[str, Any]) -> None:
        """Take in one answer of :func:`serve_app.cli.bulk.pipeline.answers`."""
        sections = (part for part in answer.values() if isinstance(part, dict))
        statuses = [part["status"] for part in sections if "status" in part]
        if "error" in answer:
            self.failed += 1
        elif any(status not in _FINAL for status in statuses):
            self.incomplete += 1
        elif answer["cache"] == "hit":
            self.cached += 1
        else:
            self.computed += 1


def warm(source: Source, analyse: Analyse, report: Callable[[Warmed], None]) -> Warmed:
    """Send every post of ``source``, in order.

    Args:
        source: see :func:`serve_app.cli.bulk.pipeline.open_source`.
        analyse: asks the service.
        report: called after each chunk.

    Raises:
        UnreadableSource: there are no rows to read in it.
    """
    warmed = Warmed()
    for chunk in chunks(rows(source.stream, source.format)):
        for answer in answers(chunk, analyse):
            warmed.count(answer)
        report(warmed)
    return warmed
