"""Totals of a measure by hour, as the room of trends keeps them up with every write."""

from deployments.entities.mention import NAME_LABELS
from serve_app.alerts.calibration import HourSpan
from serve_app.alerts.definition import AlertScope
from serve_app.alerts.hourly import Bucket, Hourly, time_of
from serve_app.posts.terms import folded
from serve_app.store.connection import Connection
from serve_app.trends.series import series
from serve_app.trends.trend import Scope, Term

#: What trends call a measure, where they call it otherwise.
_STATISTICS = {
    "count": "posts",
    "mean_sentiment": "sentiment",
    "positive_share": "positive",
    "negative_share": "negative",
    "mixed_share": "mixed",
    "mean_ease": "ease",
    "mean_words": "words",
}


class TrendTotals:
    """See :class:`serve_app.alerts.totals.HourlyTotals`."""

    async def read(
        self,
        connection: Connection,
        workspace: int,
        measure: str,
        scope: AlertScope,
        span: HourSpan,
    ) -> Hourly:
        """The hours of a span."""
        if span.start >= span.stop:
            return Hourly.of((), span.start, span.stop)
        buckets = await series(
            connection,
            workspace,
            _STATISTICS.get(measure, measure),
            bucket="hour",
            since=time_of(span.start),
            until=time_of(span.stop),
            scope=Scope(author=scope.author, tag=scope.tag),
            term=_term(scope),
        )
        totals = (Bucket(each.start, each.count, each.total, each.squares) for each in buckets)
        return Hourly.of(totals, span.start, span.stop)


def _term(scope: AlertScope) -> Term | None:
    if scope.entity is not None:
        text, colon, label = scope.entity.strip().rpartition(":")
        if colon and label in NAME_LABELS:
            return Term("entities", folded(text), label)
        return Term("entities", folded(scope.entity))
    if scope.keyword is not None:
        return Term("keywords", folded(scope.keyword))
    if scope.hashtag is not None:
        return Term("hashtags", folded(scope.hashtag))
    return None
