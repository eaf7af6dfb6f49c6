"""Counters and histograms of requests, sections, batches and cache look-ups of one replica."""

from ray.serve import metrics

#: Seconds; from a hot answer (under 1 ms) to the longest deadline.
_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
_TEXTS = [1.0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000]


class BufferedCounter:
    """A counter with one tag, brought up to date by :meth:`report`.

    Ray takes longer to count one request than the memory cache to answer it.
    """

    def __init__(self, name: str, description: str, tag: str) -> None:
        self._counter = metrics.Counter(name, description, tag_keys=(tag,))
        self._tag = tag
        self._pending: dict[str, int] = {}

    def add(self, value: str, count: int = 1) -> None:
        """So many more where the tag has this value."""
        self._pending[value] = self._pending.get(value, 0) + count

    def report(self) -> None:
        """Tell Ray what was added."""
        pending, self._pending = self._pending, {}
        for value, count in pending.items():
            self._counter.inc(count, {self._tag: value})


class RequestMetrics:
    """The service's counters and histograms; the `Observer` of the request path."""

    def __init__(self) -> None:
        self._requests = BufferedCounter(
            "postlens_requests", "Posts answered, by cache state", "cache"
        )
        self._request_s = metrics.Histogram(
            "postlens_request_seconds", "Time of a post's answer", _SECONDS, tag_keys=("cache",)
        )
        self._pending: list[tuple[str, float]] = []
        self._section_s = metrics.Histogram(
            "postlens_section_seconds",
            "Time of one analysis of one post, from submission to answer",
            _SECONDS,
            tag_keys=("analysis", "status"),  # type: ignore[arg-type]  # Ray means any tuple
        )
        self._batch_texts = metrics.Histogram(
            "postlens_batch_texts", "Texts in one call of an analysis", _TEXTS, ("analysis",)
        )
        self._cache_lookups = BufferedCounter(
            "postlens_cache_lookups", "Records looked up, by where they were", "level"
        )
        self._joined = metrics.Counter(
            "postlens_stampedes_avoided", "Posts that waited for a computation of an equal one"
        )

    def answered(self, cache: str, seconds: float) -> None:
        """A post was answered from the cache (``hit``), in part, or anew (``miss``)."""
        self._pending.append((cache, seconds))

    def analysed(self, analysis: str, status: str, seconds: float) -> None:
        """A section was computed."""
        self._section_s.observe(seconds, {"analysis": analysis, "status": status})

    def batched(self, deployment: str, texts: int) -> None:
        """A call of an analysis or the encoder left with so many texts."""
        self._batch_texts.observe(texts, {"analysis": deployment})

    def looked_up(self, level: str, records: int) -> None:
        """So many records were found in ``memory`` or ``redis``, or nowhere (``none``)."""
        if records:
            self._cache_lookups.add(level, records)

    def joined(self) -> None:
        """A post waits for what is being computed for an equal one."""
        self._joined.inc()

    def report(self) -> None:
        """Tell Ray what is buffered."""
        pending, self._pending = self._pending, []
        for cache, seconds in pending:
            self._requests.add(cache)
            self._request_s.observe(seconds, {"cache": cache})
        self._requests.report()
        self._cache_lookups.report()
