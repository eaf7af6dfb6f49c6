"""What ``postlens warm`` does: send a file's posts to a service, so that it has them cached.

The answers are thrown away; only what became of the posts is counted.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from serve_app.cli.analyze.pipeline import AnalyzeTexts, PostSource, answers, chunks
from serve_app.files.formats import read_rows

_FINAL_STATUSES = ("ok", "unsupported_language")


@dataclass(slots=True)
class WarmingTotals:
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
        """Take in one answer of :func:`serve_app.cli.analyze.pipeline.answers`."""
        sections = (part for part in answer.values() if isinstance(part, dict))
        statuses = [part["status"] for part in sections if "status" in part]
        if "error" in answer:
            self.failed += 1
        elif any(status not in _FINAL_STATUSES for status in statuses):
            self.incomplete += 1
        elif answer["cache"] == "hit":
            self.cached += 1
        else:
            self.computed += 1


def warm_cache(
    source: PostSource, analyze: AnalyzeTexts, on_progress: Callable[[WarmingTotals], None]
) -> WarmingTotals:
    """Send every post of ``source``, in order.

    Args:
        source: see :func:`serve_app.cli.analyze.pipeline.open_source`.
        analyze: asks the service.
        on_progress: called after each chunk.

    Raises:
        UnreadableSource: there are no rows to read in it.
    """
    totals = WarmingTotals()
    for chunk in chunks(read_rows(source.stream, source.reading)):
        for answer in answers(chunk, analyze):
            totals.count(answer)
        on_progress(totals)
    return totals
