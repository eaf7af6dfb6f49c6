"""Workers on jobs as a Serve deployment of their own: a driver replica without requests.

What jobs take of event loop, memory and processor is not that for which callers wait. The worker
gives way to what answers, as the analyses do; no further, or it would not renew its claims in time
on a machine that others keep busy. What it has analysed does: it is bulk.
"""

from typing import Any

from ray.serve.handle import DeploymentHandle

from deployments import graph
from deployments.batcher import ENCODER
from deployments.results import ANALYSES
from serve_app import logs
from serve_app.components import Components
from serve_app.drafts.channel import DraftCounts
from serve_app.jobs.scaling import WAITING_WORK
from serve_app.metrics.levels import MetricsReporter
from serve_app.metrics.requests import RequestMetrics
from serve_app.settings import Secrets, Settings

#: Answers to jobs are seldom asked for again, and then Redis has them.
_CACHE_BYTES = 16 * 2**20


class JobWorkers:
    """One replica of the deployment ``jobs``."""

    # Serve awaits the constructor: pools are opened in the replica's event loop.
    async def __init__(  # type: ignore[misc]
        self, settings: Settings, **handles: DeploymentHandle[Any]
    ) -> None:
        logs.configure_from_environment()
        graph.lower_priority()  # the event loop's thread, and all that it starts
        metrics = RequestMetrics()
        self._components = await Components.open(
            worker_settings(settings),
            Secrets.from_environment(),
            {name: graph.call(handles[name]) for name in ANALYSES},
            graph.reading(handles[ENCODER]),
            metrics,
        )
        self._reporter = MetricsReporter(self._components, metrics, DraftCounts())
        self._reporter.start()

    async def record_autoscaling_stats(self) -> dict[str, float]:
        """What :mod:`serve_app.jobs.scaling` goes by; Serve asks for it."""
        rooms = self._components.rooms  # without them there are no jobs
        worker = rooms.jobs.worker if rooms else None
        return {WAITING_WORK: await worker.waiting_work_s() if worker else 0.0}

    async def __del__(self) -> None:
        await self._reporter.close()
        await self._components.close()


def worker_settings(settings: Settings) -> Settings:
    """Those of a driver that works on jobs itself, with few answers in memory and few connections.

    Of Postgres: one for each chunk, one for what goes on beside them, and one to store analyses.
    """
    size = min(settings.cache.memory_size_bytes, _CACHE_BYTES)
    changes: dict[str, dict[str, object]] = {
        "cache": {"memory_size_bytes": size, "warm_start_records": 0},
        "store": {"pool_size": 1},
        "posts": {"pool_size": settings.jobs.concurrency + 1},
        "jobs": {"in_driver": True},
    }
    return settings.model_copy(
        update={
            name: getattr(settings, name).model_copy(update=change)
            for name, change in changes.items()
        }
    )
