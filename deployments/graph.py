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
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from ray import serve
from ray.serve import Application
from ray.serve.exceptions import BackPressureError
from ray.serve.handle import DeploymentHandle

from deployments.analyzer import answer
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

    def __init__(self, analysis: str, config: Config, on_start: Callable[[], None]) -> None:
        on_start()
        self._analyzer = load(analysis, config)
        _give_back()
        # An analysis without an encoder is done before it could get in anyone's way.
        slots = _cpu_slots() if hasattr(config, "encoder") else None
        self._slot = slots.slot if slots else nullcontext
        self._thread = ThreadPoolExecutor(1, analysis, initializer=_stand_back)

    async def analyze(self, documents: list[Document]) -> list[EncodedSection]:
        """One encoded section for each document, in order."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._sections, documents)

    def _sections(self, documents: list[Document]) -> list[EncodedSection]:
        with self._slot():
            sections = answer(self._analyzer, documents)
        return [encode(section) for section in sections]


def _cpu_slots() -> CpuSlots | None:
    """The slots that this machine's replicas share, where there are fewer cores than replicas."""
    folder = os.environ.get("POSTLENS_CPU_SLOTS_DIR")
    return CpuSlots(Path(folder), usable_cores()) if folder else None


def _give_back() -> None:
    """Return to the system what loading took and no longer needs: 36 MB behind an encoder."""
    gc.collect()
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):  # glibc's; others need none
        trim(0)


def _stand_back() -> None:
    """Give way, in this thread, to all that answers at once; in return, be interrupted less.

    On a machine with more replicas than cores a cached answer would wait for a time slice.
    Linux alone has niceness and the batch policy for each thread.
    """
    if sys.platform == "linux":
        os.nice(_NICENESS)
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def bind(configs: AnalysisConfigs, on_start: Callable[[], None]) -> dict[str, Application]:
    """The five deployments, bound to their configurations, by analysis.

    Args:
        configs: how each analysis is computed.
        on_start: called first in each replica's process, for instance to set up its logs.

    Replicas, resources and queues come from the Serve config file; what stands here
    is what a file that says nothing gets.
    """
    return {
        name: serve.deployment(max_ongoing_requests=4)(AnalysisReplica)
        .options(name=name)
        .bind(name, getattr(configs, name), on_start)
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
