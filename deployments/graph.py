"""The analyses as Ray Serve deployments, and the driver's calls to them.

A deployment holds one analyzer and a thread that runs it: batches queue in front
of the model instead of sharing its cores, and the replica's event loop stays free
for health checks. A second thread, which gives way to the first, runs bulk: one text of
20,000 characters takes seconds on a processor, and no other text should wait so long.
"""

import asyncio
import ctypes
import gc
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from ray import serve
from ray.serve import Application
from ray.serve.exceptions import BackPressureError
from ray.serve.handle import DeploymentHandle

from deployments.analyzer import analyze_in_time
from deployments.config import Config
from deployments.cpu_slots import CpuSlots, usable_cores
from deployments.driver import Call, DocumentBatch, Overloaded
from deployments.registry import AnalysisConfigs, load
from deployments.results import ANALYSES
from deployments.wire import EncodedSection, encode

# A ninth of the share of the processor that a process of usual niceness gets; and for bulk a
# third of that, so that it goes on while there is something else to do.
_NICENESS = 10
_BULK_NICENESS = 15


class AnalysisReplica:
    """One replica of one analysis."""

    def __init__(
        self,
        analysis: str,
        config: Config,
        on_start: Callable[[], None],
        cpu_slots_dir: Callable[[], Path | None],
    ) -> None:
        on_start()
        self._analyzer = load(analysis, config)
        _return_freed_memory()
        # An analysis without an encoder is done before it could get in anyone's way.
        folder = cpu_slots_dir() if hasattr(config, "encoder") else None
        self._worker = _Worker(analysis, _NICENESS, folder)
        self._bulk_worker = _Worker(f"{analysis}-bulk", _BULK_NICENESS, folder)

    async def analyze(self, batch: DocumentBatch) -> list[EncodedSection]:
        """One encoded section for each document, in order."""
        # The clocks of two machines differ: what travels is the time left, not the deadline.
        now = time.monotonic()
        deadlines = [now + left_s for left_s in batch.time_left_s]
        worker = self._bulk_worker if batch.bulk else self._worker
        return await worker.run(partial(self._sections, batch, deadlines))

    def _sections(self, batch: DocumentBatch, deadlines: list[float]) -> list[EncodedSection]:
        sections = analyze_in_time(self._analyzer, batch.documents, deadlines)
        return [encode(section) for section in sections]


class _Worker:
    """A thread for one batch at a time, in one of the slots of the machine if it has any."""

    def __init__(self, name: str, niceness: int, slots_dir: Path | None) -> None:
        self._slot: Callable[[], AbstractContextManager[None]] = nullcontext
        if slots_dir is not None:
            # Bulk has slots of its own: it gives way at the processor, not at the slots.
            self._slot = CpuSlots(slots_dir, usable_cores(), niceness).slot
        initializer = partial(_lower_priority, niceness)
        self._thread = ThreadPoolExecutor(1, name, initializer=initializer)

    async def run(self, compute: Callable[[], list[EncodedSection]]) -> list[EncodedSection]:
        """What ``compute`` gives, once its turn has come."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._run, compute)

    def _run(self, compute: Callable[[], list[EncodedSection]]) -> list[EncodedSection]:
        with self._slot():
            return compute()


def _return_freed_memory() -> None:
    """Return to the system what loading took and no longer needs: 36 MB behind an encoder."""
    gc.collect()
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):  # glibc's; others need none
        trim(0)


def _lower_priority(niceness: int) -> None:
    """Give way, in this thread, to all that answers at once; in return, be interrupted less.

    On a machine with more replicas than cores a cached answer would wait for a time slice.
    Linux alone has niceness and the batch policy for each thread.
    """
    if sys.platform == "linux":
        os.nice(niceness)
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def bind(
    configs: AnalysisConfigs,
    *,
    on_start: Callable[[], None],
    cpu_slots_dir: Callable[[], Path | None],
) -> dict[str, Application]:
    """The deployments of all analyses, bound to their configurations, by analysis.

    Replicas, resources and queues come from the Serve config file. An analysis that the file
    does not name gets one replica that reserves nothing, and so fits on every machine.

    Args:
        configs: how each analysis is computed.
        on_start: called first in each replica's process, for instance to set up its logs.
        cpu_slots_dir: asked in each replica's process for the folder of CPU slots that the
            replicas of its machine share; None where there are cores enough for all.
    """
    deployment = serve.deployment(max_ongoing_requests=16, ray_actor_options={"num_cpus": 0})
    return {
        name: deployment(AnalysisReplica)
        .options(name=name)
        .bind(name, getattr(configs, name), on_start, cpu_slots_dir)
        for name in ANALYSES
    }


def call(handle: DeploymentHandle[Any]) -> Call:
    """The driver's way to one deployment."""
    # pickle, not cloudpickle: documents and sections are plain module-level types.
    method = handle.analyze.options(request_serialization="pickle", response_serialization="pickle")

    async def send(batch: DocumentBatch) -> list[EncodedSection]:
        try:
            sections: list[EncodedSection] = await method.remote(batch)
        except BackPressureError as error:
            raise Overloaded(str(error)) from error
        return sections

    return send
