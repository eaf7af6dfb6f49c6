"""PostLens with analyses that sleep instead of computing, to load all that is around them.

Driver, batching, handles and Serve are the real ones; only the replicas behind the analyses'
names are replaced by one pool of replicas that hold an imagined device for some time.
"""

import asyncio
import pickle
from collections.abc import Callable, Sequence

import orjson
from pydantic import Field
from ray import serve
from ray.serve import Application

from deployments.batcher import ENCODER
from deployments.config import Config
from deployments.reading.reading import PackedReadings, ReadingInput
from deployments.results import ANALYSES
from deployments.wire import EncodedSection
from serve_app import logs
from serve_app.app import Driver
from serve_app.settings import CacheSettings, DriverSettings, Settings

#: About what a section of a sample post weighs.
_BODY_BYTES = 900


class SleepingSettings(Config):
    """How long the imagined device takes, and how it is fed."""

    device_ms: float = Field(40, ge=0, description="of one device for a text of one analysis")
    batches_in_flight: int = Field(8, ge=1, description="as in the driver's settings")
    batch_characters: int = Field(40_000, ge=1, description="likewise")


class SleepingReplica:
    """One replica with an imagined device of its own, on which one batch runs at a time."""

    def __init__(self, device_ms: float, on_start: Callable[[], None]) -> None:
        on_start()
        self._device_s = device_ms / 1000
        self._device = asyncio.Lock()

    async def analyze(
        self,
        documents: bytes,
        rows: Sequence[int],
        time_left_s: Sequence[float],
        bulk: bool,
        readings: PackedReadings | None = None,
    ) -> list[EncodedSection]:
        """A section for each of the rows, once the device has had its time."""
        async with self._device:
            await asyncio.sleep(self._device_s * len(rows))
        return [_SECTION] * len(rows)


class IdleEncoder:
    """Has read every text at once: the imagined device is behind the analyses."""

    def __init__(self, on_start: Callable[[], None]) -> None:
        on_start()

    async def read(
        self, inputs: Sequence[ReadingInput], time_left_s: Sequence[float], bulk: bool
    ) -> PackedReadings:
        """Readings of no token."""
        return PackedReadings.pack([None] * len(inputs))

    async def read_bytes(
        self, inputs: Sequence[ReadingInput], time_left_s: Sequence[float], bulk: bool
    ) -> bytes:
        """As :meth:`read`, pickled."""
        return pickle.dumps(await self.read(inputs, time_left_s, bulk))


def _section() -> EncodedSection:
    body = {"status": "ok", "model": {"name": "sleeping", "digest": "0"}, "took_ms": 0.0}
    filler = "x" * (_BODY_BYTES - len(orjson.dumps(body)))
    return EncodedSection("ok", "0", orjson.dumps({**body, "filler": filler}))


_SECTION = _section()


def build_app(settings: SleepingSettings) -> Application:
    """The application for Serve's ``import_path``: the real driver, bound to the pool."""
    pool = (
        serve.deployment(max_ongoing_requests=4)(SleepingReplica)
        .options(name="analyses")
        .bind(settings.device_ms, logs.configure_from_environment)
    )
    encoder = serve.deployment(max_ongoing_requests=64, ray_actor_options={"num_cpus": 0})(
        IdleEncoder
    ).options(name=ENCODER)
    driver = serve.deployment(max_ongoing_requests=1_000)(Driver).options(name="driver")
    # Every post is new, and nothing is cached: each one goes through all names.
    service = Settings(
        cache=CacheSettings(memory_size_bytes=0),
        driver=DriverSettings(
            batches_in_flight=settings.batches_in_flight,
            batch_characters=settings.batch_characters,
        ),
    )
    analyses = dict.fromkeys(ANALYSES, pool)
    return driver.bind(
        service, **{ENCODER: encoder.bind(logs.configure_from_environment), **analyses}
    )
