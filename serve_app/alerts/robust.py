"""Location and spread that a minority of odd values does not move.

Median and median absolute deviation (Hampel, "The influence curve and its role in robust
estimation", JASA 69, 1974). Pure.
"""

import numpy as np
from numpy.typing import NDArray

from serve_app.alerts.hourly import Array

#: Makes the median absolute deviation that of the normal distribution's standard deviation.
MAD_TO_SD = 1.4826
#: Values further from the median than so many standard deviations are left out.
OUTLIER_SD = 3.0


def weighted_median(values: Array, weights: Array) -> float:
    """The value below and above which lies half of the weight."""
    order = np.argsort(values)
    reached = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(reached, reached[-1] / 2)])


def deviation(values: Array) -> float:
    """The standard deviation about 0, as the median absolute value tells it."""
    return MAD_TO_SD * float(np.median(np.abs(values)))


def inliers(scores: Array) -> NDArray[np.bool_]:
    """Which standardised values lie within three deviations, of at least 1, of zero."""
    inside: NDArray[np.bool_] = np.abs(scores) <= OUTLIER_SD * max(deviation(scores), 1.0)
    return inside
