"""The analyses and the encoder they share as Ray Serve deployments, and the driver's calls.

A deployment of an analysis holds one analyzer and a thread that runs it: the replica's event
loop stays free for health checks. A second thread, which gives way to the first, runs bulk: one
text of 20,000 characters takes seconds on a processor, and no other text should wait so long.
An analysis that reads from an encoder sends its batches on to the encoder's deployment, the only
one that loads torch.
"""

import asyncio
import ctypes
import gc
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from ray import serve
from ray.exceptions import RayActorError
from ray.serve import Application
from ray.serve.exceptions import BackPressureError
from ray.serve.handle import DeploymentHandle

from deployments.analyzer import analyze_in_time
from deployments.config import Config
from deployments.cores import usable_cores
from deployments.driver import Call, DocumentBatch, Overloaded
from deployments.encoder.config import EncoderConfig
from deployments.encoder.encoder import Encoder
from deployments.encoder.passes import KEPT_PASSES, EncoderPass, RemoteEncoder
from deployments.errors import EncoderUnavailable
from deployments.registry import AnalysisConfigs, encoder_config, load
from deployments.results import ANALYSES
from deployments.wire import EncodedSection, encode

T = TypeVar("T")

# A ninth of the share of the processor that a process of usual niceness gets; and for bulk a
# third of that, so that it goes on while there is something else to do.
_NICENESS = 10
_BULK_NICENESS = 15

# After so long without a pass an encoder returns the memory of its last ones, some 200 MB.
_IDLE_S = 5.0

# A pass without an answer after this has failed; a batch of the driver is given as long.
_PASS_TIMEOUT_S = 60.0


class EncoderReplica:
    """One replica of the encoder: every encoder that the analyses read from, loaded once.

    Two analyses that ask for the same vectors of a text at about the same time share them, in
    whichever batches the text comes.
    """

    def __init__(
        self,
        configs: Sequence[EncoderConfig],
        concurrent_passes: int | None,
        on_start: Callable[[], None],
    ) -> None:
        on_start()
        self._encoders = {each.version: each for each in map(Encoder, dict.fromkeys(configs))}
        _return_freed_memory()
        passes = concurrent_passes or _passes_for_all_cores(configs)
        self._worker = _Worker("encoder", _NICENESS, passes)
        self._bulk_worker = _Worker("encoder-bulk", _BULK_NICENESS, passes)
        #: By pass of a single text: the pass that it is part of, and its number there.
        self._latest: dict[EncoderPass, tuple[asyncio.Future[list[Any]], int]] = {}
        self._done: deque[list[EncoderPass]] = deque()
        self._idle_timer: asyncio.TimerHandle | None = None

    async def encode(self, request: EncoderPass, bulk: bool) -> list[Any]:
        """The results of a pass, for each input in order."""
        parts = request.by_input()
        new = [part for part in dict.fromkeys(parts) if part not in self._latest]
        if new:
            inputs = tuple(each for part in new for each in part.inputs)
            self._begin(replace(request, inputs=inputs), new, bulk)
        own = {part: self._latest[part] for part in parts}
        # Whoever else waits for them must not lose them with the one who asked first.
        await asyncio.gather(*(asyncio.shield(running) for running, _ in own.values()))
        return [own[part][0].result()[own[part][1]] for part in parts]

    def _begin(self, request: EncoderPass, parts: list[EncoderPass], bulk: bool) -> None:
        worker = self._bulk_worker if bulk else self._worker
        compute = partial(request.run, self._encoders[request.version])
        running = asyncio.ensure_future(worker.run(compute))
        self._latest |= {part: (running, number) for number, part in enumerate(parts)}
        running.add_done_callback(partial(self._keep, parts))

    def _keep(self, parts: list[EncoderPass], done: asyncio.Future[list[Any]]) -> None:
        """Keep a few results that are done for who asks a moment later; none that failed."""
        self._return_memory_when_idle()
        if not done.cancelled() and not done.exception() and parts[0].is_shared:
            self._done.append(parts)
            parts = self._done.popleft() if len(self._done) > KEPT_PASSES else []
        for part in parts:
            del self._latest[part]

    def _return_memory_when_idle(self) -> None:
        """In the midst of work the next pass takes again what this one has freed."""
        if self._idle_timer:
            self._idle_timer.cancel()
        loop = asyncio.get_running_loop()
        self._idle_timer = loop.call_later(_IDLE_S, _return_freed_memory)


def _passes_for_all_cores(configs: Sequence[EncoderConfig]) -> int:
    """One for each so many cores as a pass computes on; one where a pass takes all of them."""
    threads = max((config.threads or usable_cores() for config in configs), default=1)
    return max(1, usable_cores() // threads)


class AnalysisReplica:
    """One replica of one analysis."""

    def __init__(
        self,
        analysis: str,
        config: Config,
        encoder: DeploymentHandle[Any] | None,
        on_start: Callable[[], None],
    ) -> None:
        on_start()
        # By reference: vectors go through shared memory. By value a message has 4 MB at most, and
        # the tokens of a long text have 35.
        self._encoder = encoder and encoder.encode.options(_by_reference=True)
        self._analyzer = load(analysis, config, self._remote_encoder if encoder else None)
        _return_freed_memory()
        self._worker = _Worker(analysis, _NICENESS)
        self._bulk_worker = _Worker(f"{analysis}-bulk", _BULK_NICENESS)

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

    def _remote_encoder(self, config: EncoderConfig) -> RemoteEncoder:
        return RemoteEncoder(config, self._send)

    def _send(self, request: EncoderPass) -> list[Any]:
        """Wait for a pass, in a thread of one of the workers."""
        worker = _Worker.of_this_thread()
        bulk = worker is self._bulk_worker
        return asyncio.run_coroutine_threadsafe(self._ask(request, bulk), worker.loop).result()

    async def _ask(self, request: EncoderPass, bulk: bool) -> list[Any]:
        assert self._encoder is not None
        try:
            async with asyncio.timeout(_PASS_TIMEOUT_S):
                results: list[Any] = await self._encoder.remote(request, bulk)
                return results
        except (RayActorError, BackPressureError, TimeoutError) as error:
            raise EncoderUnavailable(type(error).__name__) from error


class _Worker:
    """Threads for so many batches at a time, one unless told otherwise."""

    _of_thread = threading.local()

    def __init__(self, name: str, niceness: int, threads: int = 1) -> None:
        self._niceness = niceness
        self._threads = ThreadPoolExecutor(threads, name, initializer=self._begin)
        self.loop: asyncio.AbstractEventLoop

    @classmethod
    def of_this_thread(cls) -> "_Worker":
        """The worker that this thread belongs to."""
        worker: _Worker = cls._of_thread.worker
        return worker

    async def run(self, compute: Callable[[], T]) -> T:
        """What ``compute`` gives, once its turn has come."""
        self.loop = asyncio.get_running_loop()
        return await self.loop.run_in_executor(self._threads, compute)

    def _begin(self) -> None:
        self._of_thread.worker = self
        _lower_priority(self._niceness)


def _return_freed_memory() -> None:
    """Return to the system what was freed: 36 MB once an encoder is loaded."""
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
    concurrent_passes: int | None,
    on_start: Callable[[], None],
) -> dict[str, Application]:
    """The deployments of all analyses, bound to their configurations, by analysis.

    Replicas, resources and queues come from the Serve config file. An analysis that the file
    does not name gets one replica that reserves nothing, and so fits on every machine.

    Args:
        configs: how each analysis is computed.
        concurrent_passes: of one replica of the encoder, each on as many threads as its
            configuration says; None is as many as the machine has cores for.
        on_start: called first in each replica's process, for instance to set up its logs.
    """
    deployment = serve.deployment(max_ongoing_requests=16, ray_actor_options={"num_cpus": 0})
    by_name = {name: getattr(configs, name) for name in ANALYSES}
    encoders = {name: encoder_config(config) for name, config in by_name.items()}
    encoder = (
        deployment(EncoderReplica)
        .options(name="encoder", max_ongoing_requests=64)
        .bind([each for each in encoders.values() if each], concurrent_passes, on_start)
    )
    return {
        name: deployment(AnalysisReplica)
        .options(name=name)
        .bind(name, config, encoder if encoders[name] else None, on_start)
        for name, config in by_name.items()
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
