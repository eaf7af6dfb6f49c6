"""How much more the sums of windows vary than those of independent posts. Pure."""

from dataclasses import replace

import numpy as np

from serve_app.alerts.baseline import LENGTHS, TrendBaseline, window_sums
from serve_app.alerts.hourly import Array, Hourly

#: The dispersion at one length counts like so many windows of that length in the next one's.
_SHORTER_WINDOWS = 8


def with_dispersion(flat: TrendBaseline, kept: Hourly, variances: Array) -> TrendBaseline:
    """With the dispersion at each length, as the days themselves show it.

    Posts are not independent: an author's are alike, one day is livelier than another. So the
    variance of a window's sum is more than that of its posts, the more the longer it is. It is
    estimated from all windows of a length in the past, and shrunk towards the length before.
    """
    observed = kept.count if flat.family == "count" else kept.total
    residuals = np.where(variances > 0, observed - flat.expected(kept), 0)
    posts = variances if flat.family == "count" else kept.count
    steps = [(1.0, 0.0)]
    for length in LENGTHS:
        seen = _dispersion(residuals, variances, posts, length)
        steps.append(_shrunk(seen, steps[-1], windows=len(kept) / length))
    dispersion, contagion = zip(*steps[1:], strict=True)
    return replace(flat, dispersion=dispersion, contagion=contagion)


def _dispersion(
    residuals: Array, variances: Array, posts: Array, length: int
) -> tuple[float, float]:
    """The mean dispersion of windows, and by how much it grows with a post: method of moments."""
    # The residuals of all hours add up to nothing, so those of long windows vary too little.
    in_sample = max(1 - length / len(residuals), 0.1)
    squares = window_sums(residuals, length) ** 2 / in_sample
    variance = window_sums(variances, length)
    growth = (squares - variance).sum() / (variance * window_sums(posts, length)).sum()
    return float(squares.sum() / variance.sum()), float(growth)


def _shrunk(
    seen: tuple[float, float], shorter: tuple[float, float], *, windows: float
) -> tuple[float, float]:
    """Dispersion and contagion, never less than 1 and 0; the former no less than at a shorter
    length. Windows of twice the length have twice the posts, so the contagion is halved."""
    weight = windows / (windows + _SHORTER_WINDOWS)
    dispersion = weight * seen[0] + (1 - weight) * shorter[0]
    contagion = weight * seen[1] + (1 - weight) * shorter[1] / 2
    return max(dispersion, shorter[0]), max(contagion, 0.0)
