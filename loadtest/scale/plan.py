"""How much is tried on the cluster: a whole measurement, or a quick look."""

from dataclasses import dataclass

from deployments.results import ANALYSES
from serve_app.settings import DriverSettings

#: Of the imagined device for a text of one analysis; a post takes five of these.
DEVICE_MS = 40.0
POST_S = len(ANALYSES) * DEVICE_MS / 1000
DRIVERS = 2
#: What a reader takes for a prompt answer.
LIMIT_S = 1.0


@dataclass(frozen=True, slots=True)
class ScalePlan:
    """What is tried.

    Attributes:
        replicas: numbers of replicas whose throughput is measured, ascending.
        step_s: seconds for each of them.
        calm_s: of the steady rate before the burst.
        burst_s: of ten times the rate.
        after_s: of the steady rate after it.
        most_replicas: that autoscaling may start.
        down_delay_s: before autoscaling takes one away.
        batch_characters: the driver's setting.
    """

    replicas: tuple[int, ...]
    step_s: float
    calm_s: float
    burst_s: float
    after_s: float
    most_replicas: int
    down_delay_s: float
    batch_characters: int = DriverSettings().batch_characters

    @property
    def base_posts_per_s(self) -> float:
        """Half of what one replica can take."""
        return 0.5 / POST_S


FULL = ScalePlan((1, 2, 4, 8, 16, 32), 6, 10, 45, 60, 16, 10)
QUICK = ScalePlan((1, 8), 3, 4, 20, 22, 8, 5)
