"""What waits for its analysis in a replica, and how fast that is answered, by class of request."""

from collections.abc import Callable, Mapping

from ray.serve import metrics

from serve_app.admission.lane import Lane

#: Name, description and where it is read.
_LEVELS: Mapping[str, tuple[str, Callable[[Lane], float]]] = {
    "waiting_texts": (
        "Texts of requests that were taken on and have no answer yet",
        lambda lane: lane.waiting_texts,
    ),
    "waiting_characters": (
        "Characters of these texts",
        lambda lane: lane.waiting_characters,
    ),
    "waiting_limit_characters": (
        "Characters beyond which requests are refused, by the present rate",
        lambda lane: lane.limit,
    ),
    "waiting_oldest_seconds": (
        "How long the oldest of these requests has waited",
        lambda lane: lane.oldest_wait_s,
    ),
    "drain_characters_per_second": (
        "Characters answered a second while many wait; 0 before that is known",
        lambda lane: lane.characters_per_s,
    ),
}


class WaitingMetrics:
    """Gauges with the tag ``class``."""

    def __init__(self) -> None:
        self._gauges = {
            name: metrics.Gauge(f"postlens_{name}", description, tag_keys=("class",))
            for name, (description, _) in _LEVELS.items()
        }

    def report(self, lanes: Mapping[str, Lane]) -> None:
        """Tell Ray how it stands, by the class of the requests."""
        for lane_name, lane in lanes.items():
            for name, (_, read) in _LEVELS.items():
                self._gauges[name].set(read(lane), {"class": lane_name})
