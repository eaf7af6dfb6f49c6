"""How much more likely a window's posts are after a change than under the baseline.

Logarithms of likelihood ratios, maximised over changes of at least ``least_change``: a generalised
likelihood ratio (Siegmund and Venkatraman, "Using the generalized likelihood ratio statistic for
sequential detection of a change-point", Annals of Statistics 23, 1995). A mean's is the normal
distribution's, a share's the binomial's, a count's the negative binomial's, which is the Poisson's
where counts are not overdispersed; the last two are exact for small numbers. Pure: arrays in,
arrays out.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from serve_app.alerts.hourly import Array

#: What a measure is a sum of: values with a mean, posts that are or are not, or posts.
Family = Literal["mean", "share", "count"]

#: Of counts that are not overdispersed: the negative binomial is then the Poisson distribution.
_POISSON_SIZE = 1e9
_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows to be judged, an element each.

    Attributes:
        posts: in the window.
        observed: sum of the measure's values; of a count, the posts.
        expected: the same under the baseline.
        dispersion: variance of ``observed`` over that of independent posts, at least 1.
    """

    posts: Array
    observed: Array
    expected: Array
    dispersion: Array

    def change(self, family: Family) -> Array:
        """What is observed less what is expected: of a post; of a count, as a ratio less 1."""
        if family == "count":
            return self.observed / np.maximum(self.expected, _TINY) - 1
        return (self.observed - self.expected) / np.maximum(self.posts, _TINY)


def evidence(
    family: Family, windows: Windows, *, variance: float, least_change: float, sign: int
) -> Array:
    """The log likelihood ratio of a change of at least ``least_change`` against none.

    Args:
        family: of the measure.
        windows: to be judged.
        variance: of one post's value under the baseline, where the family is ``mean``.
        least_change: positive, in the measure's unit; of a count, the ratio less 1.
        sign: 1 for a change upwards, -1 for one downwards.
    """
    if family == "mean":
        change = np.maximum(sign * windows.change(family), least_change)
        return _mean_ratio(windows, sign * change, variance)
    if family == "share":
        return _share_ratio(windows, _changed_share(windows, least_change, sign))
    ratio = windows.change("count") + 1
    least = 1 + least_change
    return _count_ratio(
        windows, np.maximum(ratio, least) if sign > 0 else np.minimum(ratio, 1 / least)
    )


def evidence_of(family: Family, windows: Windows, *, variance: float, change: float) -> Array:
    """The log likelihood ratio of one change, with its sign, against none."""
    if family == "mean":
        return _mean_ratio(windows, np.full_like(windows.posts, change), variance)
    if family == "share":
        base = _share(windows)
        return _share_ratio(windows, np.clip(base + change, base / 2, (1 + base) / 2))
    return _count_ratio(windows, np.full_like(windows.posts, 1 + change))


def _mean_ratio(windows: Windows, change: Array, variance: float) -> Array:
    excess = windows.observed - windows.expected
    return (change * excess - windows.posts * change**2 / 2) / (variance * windows.dispersion)


def _share(windows: Windows) -> Array:
    """The share that the baseline expects."""
    share: Array = windows.expected / np.maximum(windows.posts, _TINY)
    return np.clip(share, 1e-4, 1 - 1e-4)


def _changed_share(windows: Windows, least_change: float, sign: int) -> Array:
    """The most likely share, if it changed at least so much, or half the way to its bound."""
    base = _share(windows)
    seen = windows.observed / np.maximum(windows.posts, _TINY)
    if sign > 0:
        return np.maximum(seen, base + np.minimum(least_change, (1 - base) / 2))
    return np.minimum(seen, base - np.minimum(least_change, base / 2))


def _share_ratio(windows: Windows, share: Array) -> Array:
    base, share = _share(windows), np.clip(share, _TINY, 1 - _TINY)
    others = windows.posts - windows.observed
    ratio = windows.observed * np.log(share / base) + others * np.log((1 - share) / (1 - base))
    return ratio / windows.dispersion


def _count_ratio(windows: Windows, ratio: Array) -> Array:
    """Of negative binomial counts with the same size parameter (Lawless, 1987)."""
    expected = np.maximum(windows.expected, _TINY)
    size = np.minimum(expected / np.maximum(windows.dispersion - 1, _TINY), _POISSON_SIZE)
    ratio = np.maximum(ratio, _TINY)
    spread = np.log1p(expected * (ratio - 1) / (expected + size))
    logarithm: Array = windows.observed * np.log(ratio) - (windows.observed + size) * spread
    return logarithm
