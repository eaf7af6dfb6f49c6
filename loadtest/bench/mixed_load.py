"""Rates of arrivals of mostly cached posts, and the highest rate that the service holds."""

from collections.abc import Mapping, Sequence
from itertools import cycle

from loadtest.bench.measurements import Measurements
from loadtest.bench.plan import ANSWERED_PERCENT, COLD_SHARE, MIXED_GOALS_PER_S, BenchPlan
from loadtest.bench.targets import BenchTarget
from loadtest.generator.http_load import open_http_load
from loadtest.generator.load_result import LoadResult
from loadtest.generator.posts import PostGenerator

_CONNECTIONS = 256
_GRACE_S = 30.0
_ABOVE_PER_S = (1_250, 1_500, 1_750, 2_000, 2_500)
_BETWEEN_PER_S = (875, 750, 625)
_BELOW_PER_S = (375, 250, 125)
_MAX_ERROR_SHARE = 0.001
_MAX_P50_MS = 50.0


class MixedLoad:
    """Posts at a rate, one in twenty of them new."""

    def __init__(
        self,
        plan: BenchPlan,
        measurements: Measurements,
        posts: PostGenerator,
        target: BenchTarget,
        cached: Sequence[str],
    ) -> None:
        """Of a service that runs.

        Args:
            plan: how long each rate goes on, and whether to look for the highest.
            measurements: where figures go.
            posts: the supply of new posts.
            target: the service.
            cached: posts that it has been asked for before.
        """
        self._plan = plan
        self._measurements = measurements
        self._posts = posts
        self._target = target
        self._hot = cycle(target.requests(cached))

    def run(self) -> None:
        """The rates of the goals, then others until the highest that is held is found."""
        holds = {rate: self._holds(rate) for rate in MIXED_GOALS_PER_S}
        ascending = all(holds.values())
        for rate in self._further_rates(holds):
            holds[rate] = self._holds(rate)
            if holds[rate] != ascending:
                break
        highest = max((rate for rate, is_held in holds.items() if is_held), default=0)
        self._measurements.add("postlens.mixed.highest", highest)

    def _further_rates(self, holds: Mapping[int, bool]) -> tuple[int, ...]:
        """Rates that find the highest one: upwards until one is too much, or downwards."""
        if not self._plan.mixed_search:
            return ()
        if all(holds.values()):
            return _ABOVE_PER_S
        return _BETWEEN_PER_S if any(holds.values()) else _BELOW_PER_S

    def _holds(self, rate: int) -> bool:
        load = self._at_rate(rate)
        self._measurements.add_load(f"postlens.mixed-{rate}", load)
        return is_rate_held(load)

    def _at_rate(self, rate: int) -> LoadResult:
        count = round(rate * self._plan.mixed_s)
        step = round(1 / COLD_SHARE)
        cold = iter(self._target.requests(self._posts.take(count // step + 1)))
        requests = [next(cold) if n % step == 0 else next(self._hot) for n in range(count)]
        return open_http_load(
            self._target.address, requests, rate_per_s=rate, connections=_CONNECTIONS,
            grace_s=_GRACE_S,
        )  # fmt: skip


def is_rate_held(load: LoadResult) -> bool:
    """Whether a server kept up with the rate of these arrivals."""
    return (
        load.error_share < _MAX_ERROR_SHARE
        and load.percentile_ms(50) < _MAX_P50_MS
        and load.in_time_share * 100 >= ANSWERED_PERCENT
    )
