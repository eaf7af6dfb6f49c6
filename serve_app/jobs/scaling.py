"""How many workers there are: as many as bring the queue to its end in a minute.

The policy of the deployment ``jobs`` in the Serve config files. The number of requests tells
nothing: workers get none. Runs in Serve's controller; knows no Ray.
"""

import math
from collections.abc import Mapping
from typing import Any, Protocol

#: What each worker reports: how long it alone would be busy with all that waits, in seconds.
WAITING_WORK = "waiting_work_s"
#: A chunk that is sent now is begun by then, if the analyses keep up.
TARGET_WAIT_S = 60.0


class ScalingContext(Protocol):
    """What of :class:`ray.serve.config.AutoscalingContext` the policy looks at."""

    target_num_replicas: int
    aggregated_metrics: Mapping[str, Mapping[Any, float]]


def wanted_workers(context: ScalingContext) -> tuple[int, dict[str, Any]]:
    """The number of workers; Serve holds it to the bounds and delays of the configuration.

    Each sees the whole queue, so the one that takes longest for a chunk tells what is the matter.
    """
    reports = (context.aggregated_metrics or {}).get(WAITING_WORK, {})
    if not reports:  # they have just begun
        return context.target_num_replicas, {}
    return max(1, math.ceil(max(reports.values()) / TARGET_WAIT_S)), {}


def waiting_work_s(due: int, chunk_s: float, concurrency: int) -> float:
    """How long one worker would be busy with so many chunks, in seconds.

    Args:
        due: chunks that nobody is at.
        chunk_s: about how long one takes; 0 before the first, of which nobody knows.
        concurrency: chunks of a worker at a time.
    """
    return due * chunk_s / concurrency
