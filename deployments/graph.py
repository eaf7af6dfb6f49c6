"""The analyses as Ray Serve deployments, and the driver's calls to them.

A deployment holds one analyzer and one thread that runs it: batches queue in front
of the model instead of sharing its cores, and the replica's event loop stays free
for health checks.
"""

import asyncio
import ctypes
import gc
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from ray import serve
from ray.serve import Application
from ray.serve.exceptions import BackPressureError
from ray.serve.handle import DeploymentHandle

from deployments.analyzer import analyze_batch
from deployments.config import Config
from deployments.cpu_slots import CpuSlots, usable_cores
from deployments.driver import Call, Overloaded
from deployments.registry import AnalysisConfigs, load
from deployments.results import ANALYSES
from deployments.text.document import Document
from deployments.wire import EncodedSection, encode

# A ninth of the share of the processor that a process of usual niceness gets.
_NICENESS = 10


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
        self._slot: Callable[[], AbstractContextManager[None]] = nullcontext
        # An analysis without an encoder is done before it could get in anyone's way.
        if (folder := cpu_slots_dir()) and hasattr(config, "encoder"):
            self._slot = CpuSlots(folder, usable_cores()).slot
        self._thread = ThreadPoolExecutor(1, analysis, initializer=_lower_priority)

    async def analyze(self, documents: list[Document]) -> list[EncodedSection]:
        """One encoded section for each document, in order."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._sections, documents)

    def _sections(self, documents: list[Document]) -> list[EncodedSection]:
        with self._slot():
            sections = analyze_batch(self._analyzer, documents)
        return [encode(section) for section in sections]


def _return_freed_memory() -> None:
    """Return to the system what loading took and no longer needs: 36 MB behind an encoder."""
    gc.collect()
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):  # glibc's; others need none
        trim(0)


def _lower_priority() -> None:
    """Give way, in this thread, to all that answers at once; in return, be interrupted less.

    On a machine with more replicas than cores a cached answer would wait for a time slice.
    Linux alone has niceness and the batch policy for each thread.
    """
    if sys.platform == "linux":
        os.nice(_NICENESS)
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
    deployment = serve.deployment(max_ongoing_requests=4, ray_actor_options={"num_cpus": 0})
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

    async def send(documents: Sequence[Document]) -> list[EncodedSection]:
        try:
            sections: list[EncodedSection] = await method.remote(documents)
        except BackPressureError as error:
            raise Overloaded(str(error)) from error
        return sections

    return send
