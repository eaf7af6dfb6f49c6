"""What a measure is usually: its level, its rhythm, how much it varies by itself.

Pure: knows no database, and not how a baseline is fitted.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serve_app.alerts.hourly import Array, Hourly, hour_of_week
from serve_app.alerts.likelihood import Family, Windows

#: Hours of the windows that are judged.
LENGTHS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 36, 48, 72, 96, 120, 144, 168)


@dataclass(frozen=True, slots=True)
class TrendBaseline:
    """A fitted baseline.

    Attributes:
        family: of the measure.
        level: the mean, the share, or the posts of an hour.
        variance: of one post's value; 1 for counts.
        rhythm: by hour of the week, added to the level; multiplied with it for counts.
        posts: that it was fitted to.
        since, until: the hours that it was fitted to; ``until`` is the hour after the last.
        dispersion: of the windows of each of :data:`LENGTHS`, on average.
        contagion: by how much the dispersion grows with each post of such a window.
    """

    family: Family
    level: float
    variance: float
    rhythm: tuple[float, ...]
    posts: float
    since: int
    until: int
    dispersion: tuple[float, ...] = (1.0,) * len(LENGTHS)
    contagion: tuple[float, ...] = (0.0,) * len(LENGTHS)

    def expected(self, hourly: Hourly, *, exposure: Array | None = None) -> Array:
        """The sum of values that it expects of each hour, given its posts.

        Args:
            hourly: the hours.
            exposure: the part of each hour that has passed; all of it by default. It matters only
                for counts.
        """
        rhythm = np.array(self.rhythm)[hour_of_week(hourly.hours)]
        if self.family == "count":
            return self.level * rhythm * (1.0 if exposure is None else exposure)
        means = self.level + rhythm
        if self.family == "share":
            means = np.clip(means, 1e-3, 1 - 1e-3)
        return hourly.count * means

    def latest_windows(
        self, hourly: Hourly, exposure: Array, *, shortest: int = 1, longest: int
    ) -> tuple[NDArray[np.int64], Windows]:
        """The windows that end with the last hour, and the length of each."""
        limits = min(longest, len(hourly))
        lengths = np.array([n for n in LENGTHS if shortest <= n <= limits], np.int64)
        expected = self.expected(hourly, exposure=exposure)
        series = hourly.count, self.observed(hourly), expected
        sums = (np.cumsum(each[::-1])[lengths - 1] for each in series)
        return lengths, self._windows(lengths, *sums)

    def past_windows(self, hourly: Hourly, counted: NDArray[np.bool_], length: int) -> Windows:
        """All windows of one length; nothing is expected of hours that do not count."""
        expected = self.expected(hourly) * counted
        series = hourly.count, self.observed(hourly), expected
        return self._windows(np.array([length]), *(window_sums(each, length) for each in series))

    def observed(self, hourly: Hourly) -> Array:
        """What is compared with :meth:`expected`."""
        return hourly.count if self.family == "count" else hourly.total

    def _windows(
        self, lengths: NDArray[np.int64], posts: Array, observed: Array, expected: Array
    ) -> Windows:
        """Windows, with the dispersion that the baseline has seen at their lengths.

        What the baseline itself may be wrong by is part of it: a window with a tenth of the
        baseline's posts has 1.1 of the variance.
        """
        own = expected if self.family == "count" else posts
        places = np.searchsorted(LENGTHS, lengths)
        growing = 1 + np.array(self.contagion)[places] * own
        dispersion = np.maximum(np.array(self.dispersion)[places], growing)
        return Windows(posts, observed, expected, dispersion * (1 + own / self.posts))


def window_sums(values: Array, length: int) -> Array:
    """The sums of each ``length`` consecutive values; the first is that of the first ones."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    differences: Array = sums[length:] - sums[:-length]
    return differences
