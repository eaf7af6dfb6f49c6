"""What ``postlens trends show`` prints: a row for each bucket, and one for all of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rich.table import Table

from serve_app.cli.output import console, plain, print_json
from serve_app.client import PostLens
from serve_app.client.connection import path_of
from serve_app.client.trends import Trend, TrendOptions, TrendSeries

#: Of what a single series counts, those with the most posts; a table has no room for 28 emotions.
_MOST_COLUMNS = 8
_FORMATS = {"hour": "%Y-%m-%d %H:%M", "month": "%Y-%m"}

#: A column: its name, a cell for each bucket, and one for the whole range.
_Column = tuple[str, list[str], str]


def run(
    measure: str, options: TrendOptions, *, as_json: bool, url: str, api_key: str | None
) -> None:
    """Print the trend.

    Raises:
        PostLensError: the service refused an option, or did not answer.
    """
    with PostLens.over_http(url, api_key) as postlens:
        if as_json:
            query: Any = {**options, "measure": measure}
            print_json(postlens.request("GET", path_of("trends"), query=query))
            return
        trend = postlens.trends.get(measure, **options)
    columns = _of_one(trend.series[0]) if _is_single(trend) else _of_several(trend)
    _print(trend, columns)


def _is_single(trend: Trend) -> bool:
    return len(trend.series) == 1 and trend.series[0].name is None


def _of_one(series: TrendSeries) -> list[_Column]:
    """Its posts, then what it counts and measures, the largest first."""
    counts = [(name, [f"{n:,}" for n in series.counts[name]], f"{total:,}")
              for name, total in _largest(series.total.counts)]  # fmt: skip
    means = [(name, [_number(n) for n in series.means[name]], _number(total))
             for name, total in _largest(series.total.means)]  # fmt: skip
    return [_posts("posts", series), *counts, *means]


def _largest(totals: Mapping[str, float | None]) -> list[tuple[str, float | None]]:
    ranked = sorted(totals.items(), key=lambda item: -(item[1] or 0))
    return ranked[:_MOST_COLUMNS] if len(ranked) > _MOST_COLUMNS else list(totals.items())


def _of_several(trend: Trend) -> list[_Column]:
    return [_posts(series.name or "", series) for series in trend.series]


def _posts(name: str, series: TrendSeries) -> _Column:
    return name, [f"{posts:,}" for posts in series.posts], f"{series.total.posts:,}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _print(trend: Trend, columns: list[_Column]) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", show_footer=True)
    table.add_column(trend.bucket, footer="all", no_wrap=True)
    for name, _, total in columns:
        table.add_column(plain(name), footer=total, justify="right", no_wrap=True)
    for index, begins in enumerate(trend.buckets):
        table.add_row(_moment(begins, trend), *(cells[index] for _, cells, _ in columns))
    console().print(table)


def _moment(begins: datetime, trend: Trend) -> str:
    return begins.strftime(_FORMATS.get(trend.bucket, "%Y-%m-%d"))
