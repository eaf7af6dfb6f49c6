"""The encoder and the analyses as Ray Serve deployments, and the driver's calls.

A deployment of an analysis holds one analyzer and a thread that runs it: the replica's event
loop stays free for health checks. A second thread, which gives way to the first, runs bulk: one
text of 20,000 characters takes seconds on a processor, and no other text should wait so long.
The encoder's deployment, the only one that loads torch, reads a batch of texts once, and the driver
hands its answer on to the analyses: that of much text by reference, so that it lies in shared
memory for all of them.
"""

import asyncio
import ctypes
import gc
import os
import pickle
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import compress
from typing import Any, TypeVar, cast

from ray import serve
from ray.serve import Application
from ray.serve.exceptions import BackPressureError
from ray.serve.handle import DeploymentHandle, DeploymentResponse
from threadpoolctl import threadpool_limits

from deployments.analyzer import analyze_in_time
from deployments.batcher import ENCODER
from deployments.calls import Call, DocumentBatch, Overloaded, Read
from deployments.cores import usable_cores
from deployments.encoder.config import EncoderConfig
from deployments.encoder.encoder import Encoder
from deployments.encoder.reader import read_all
from deployments.reading.reading import PackedReadings, ReadingInput
from deployments.reading.reading_text import reading_input
from deployments.registry import AnalysisConfigs, load
from deployments.results import ANALYSES
from deployments.text.document import Document
from deployments.wire import EncodedSection, encode

T = TypeVar("T")

# A ninth of the share of the processor that a process of usual niceness gets.
_NICENESS = 10

# Readings of a batch with no more text travel through the driver, which costs less than shared
# memory (measured: a lone post 58 -> 46 ms). A character has at most a token of 768 bytes, and a
# message at most 4 MB.
_BY_VALUE_CHARACTERS = 4_000

# After so long without a pass an encoder returns the memory of its last ones, some 200 MB.
_IDLE_S = 5.0


class EncoderReplica:
    """One replica of the encoder, which reads texts for all analyses."""

    def __init__(
        self,
        config: EncoderConfig,
        concurrent_passes: int | None,
        on_start: Callable[[], None],
    ) -> None:
        on_start()
        self._encoder = Encoder(config)
        _return_freed_memory()
        passes = concurrent_passes or _passes_for_all_cores(config)
        self._worker = _Worker(ENCODER, lower_priority, passes)
        self._bulk_worker = _Worker(f"{ENCODER}-bulk", _lowest_priority, passes)
        self._idle_timer: asyncio.TimerHandle | None = None

    async def read_bytes(
        self, inputs: Sequence[ReadingInput], time_left_s: Sequence[float], bulk: bool
    ) -> bytes:
        """As :meth:`read`, pickled."""
        return pickle.dumps(await self.read(inputs, time_left_s, bulk), pickle.HIGHEST_PROTOCOL)

    async def read(
        self, inputs: Sequence[ReadingInput], time_left_s: Sequence[float], bulk: bool
    ) -> PackedReadings:
        """The readings of these texts.

        None for one that breaks the encoder, and for one that nobody waits for any more.
        """
        deadlines = _deadlines(time_left_s)
        worker = self._bulk_worker if bulk else self._worker
        try:
            return await worker.run(partial(self._read, inputs, deadlines))
        finally:
            self._return_memory_when_idle()

    def _read(self, inputs: Sequence[ReadingInput], deadlines: Sequence[float]) -> PackedReadings:
        now = time.monotonic()
        in_time = [deadline > now for deadline in deadlines]
        readings = iter(read_all(self._encoder, list(compress(inputs, in_time))))
        return PackedReadings.pack([next(readings) if waits else None for waits in in_time])

    def _return_memory_when_idle(self) -> None:
        """In the midst of work the next pass takes again what this one has freed."""
        if self._idle_timer:
            self._idle_timer.cancel()
        loop = asyncio.get_running_loop()
        self._idle_timer = loop.call_later(_IDLE_S, _return_freed_memory)


def _passes_for_all_cores(config: EncoderConfig) -> int:
    """One for each so many cores as a pass computes on; one where a pass takes all of them."""
    return max(1, usable_cores() // (config.threads or usable_cores()))


class AnalysisReplica:
    """One replica of one analysis."""

    def __init__(
        self, analysis: str, configs: AnalysisConfigs, on_start: Callable[[], None]
    ) -> None:
        on_start()
        self._analyzer = load(analysis, configs)
        # Heads are small products: on several threads they take longer, and the others wait for
        # them in a loop (measured: 15 ms of processor time for a post instead of 1).
        threadpool_limits(1, user_api="blas")
        _return_freed_memory()
        self._worker = _Worker(analysis, lower_priority)
        self._bulk_worker = _Worker(f"{analysis}-bulk", _lowest_priority)

    async def analyze(
        self,
        documents: bytes,
        rows: Sequence[int],
        time_left_s: Sequence[float],
        bulk: bool,
        readings: PackedReadings | bytes | None = None,
    ) -> list[EncodedSection]:
        """One encoded section for each document, in order.

        Args:
            documents: a sequence of :class:`Document`, pickled.
            rows: the numbers of those that are asked for; each has its section.
            time_left_s: of each that is asked for.
            bulk: whether all other batches go first.
            readings: of all the documents, if the analysis needs them; or pickled.
        """
        worker = self._bulk_worker if bulk else self._worker
        compute = partial(self._sections, documents, rows, _deadlines(time_left_s), readings)
        return await worker.run(compute)

    def _sections(
        self,
        documents: bytes,
        rows: Sequence[int],
        deadlines: Sequence[float],
        packed: PackedReadings | bytes | None,
    ) -> list[EncodedSection]:
        texts: Sequence[Document] = pickle.loads(documents)
        wanted = [texts[row] for row in rows]
        readings = None
        if isinstance(packed, bytes):
            packed = cast(PackedReadings, pickle.loads(packed))
        if packed is not None:
            of_all = packed.unpack()
            readings = [of_all[row] for row in rows]
        sections = analyze_in_time(self._analyzer, wanted, deadlines, readings)
        return [encode(section) for section in sections]


def _deadlines(time_left_s: Sequence[float]) -> list[float]:
    # The clocks of two machines differ: what travels is the time left, not the deadline.
    now = time.monotonic()
    return [now + left_s for left_s in time_left_s]


class _Worker:
    """Threads for so many batches at a time, one unless told otherwise."""

    def __init__(self, name: str, begin: Callable[[], None], threads: int = 1) -> None:
        self._threads = ThreadPoolExecutor(threads, name, initializer=begin)

    async def run(self, compute: Callable[[], T]) -> T:
        """What ``compute`` gives, once its turn has come."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, compute)


def _return_freed_memory() -> None:
    """Return to the system what was freed: 36 MB once an encoder is loaded."""
    gc.collect()
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):  # glibc's; others need none
        trim(0)


def lower_priority() -> None:
    """Give way, in this thread, to all that answers at once; in return, be interrupted less.

    On a machine with more replicas than cores a cached answer would wait for a time slice.
    Linux alone has niceness and the batch policy for each thread.
    """
    if sys.platform == "linux":
        os.nice(_NICENESS)
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def _lowest_priority() -> None:
    """Compute, in this thread, when nobody else on the machine does, and stop as soon as they do.

    For bulk: beside a niceness that is only larger a post that somebody waits for took half as
    long again. What is left while posts are analysed is one part in forty; while programs of
    usual niceness keep every core busy, next to nothing.
    """
    if sys.platform == "linux":
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


def bind(
    configs: AnalysisConfigs,
    *,
    concurrent_passes: int | None,
    on_start: Callable[[], None],
) -> dict[str, Application]:
    """The deployments of the encoder and of all analyses, by name, bound to their configurations.

    Replicas, resources and queues come from the Serve config file. A deployment that the file
    does not name gets one replica that reserves nothing, and so fits on every machine.

    Args:
        configs: how texts are read and each analysis is computed.
        concurrent_passes: of one replica of the encoder, each on as many threads as its
            configuration says; None is as many as the machine has cores for.
        on_start: called first in each replica's process, for instance to set up its logs.
    """
    deployment = serve.deployment(max_ongoing_requests=16, ray_actor_options={"num_cpus": 0})
    encoder = deployment(EncoderReplica).options(name=ENCODER, max_ongoing_requests=64)
    return {
        ENCODER: encoder.bind(configs.encoder, concurrent_passes, on_start),
        **{
            name: deployment(AnalysisReplica).options(name=name).bind(name, configs, on_start)
            for name in ANALYSES
        },
    }


@dataclass(frozen=True, slots=True)
class _Readings:
    """What the encoder read, on its way through the driver.

    Attributes:
        response: becomes the readings where it is handed to; the driver does not look inside.
            Of little text the readings themselves, pickled.
        documents: those that were read, pickled once for all analyses.
    """

    response: DeploymentResponse[Any] | bytes
    documents: bytes


def reading(handle: DeploymentHandle[Any]) -> Read:
    """The driver's way to the encoder."""
    by_value = handle.read_bytes.options(
        request_serialization="pickle", response_serialization="pickle"
    )
    by_reference = handle.read.options(_by_reference=True)

    async def send(batch: DocumentBatch) -> _Readings:
        documents = pickle.dumps(batch.documents, pickle.HIGHEST_PROTOCOL)
        inputs = [reading_input(document) for document in batch.documents]
        is_little = batch.characters <= _BY_VALUE_CHARACTERS
        method = by_value if is_little else by_reference
        try:
            response: Any = method.remote(inputs, batch.time_left_s, batch.bulk)
            readings = await response  # what goes wrong is the encoder's failure
        except BackPressureError as error:
            raise Overloaded(str(error)) from error
        return _Readings(readings if is_little else response, documents)

    return send


def call(handle: DeploymentHandle[Any]) -> Call:
    """The driver's way to one analysis."""
    by_value = handle.analyze.options(
        request_serialization="pickle", response_serialization="pickle"
    )
    by_reference = handle.analyze.options(_by_reference=True)

    async def send(batch: DocumentBatch) -> list[EncodedSection]:
        sections: list[EncodedSection]
        readings = batch.readings
        try:
            if isinstance(readings, _Readings):
                is_little = isinstance(readings.response, bytes)
                method = by_value if is_little else by_reference
                sections = await method.remote(
                    readings.documents, batch.rows, batch.time_left_s, batch.bulk, readings.response
                )
            else:
                documents = pickle.dumps(batch.documents, pickle.HIGHEST_PROTOCOL)
                sections = await by_value.remote(
                    documents, batch.rows, batch.time_left_s, batch.bulk
                )
        except BackPressureError as error:
            raise Overloaded(str(error)) from error
        return sections

    return send
