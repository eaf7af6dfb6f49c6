"""The Serve application: five analyses behind one driver, which is the ingress.

The driver replica receives HTTP straight from HAProxy, so that a cached answer costs
no hop; its handle methods run through the same service.
"""

import asyncio
import gc
import os
from typing import Any

from ray import serve
from ray.serve import Application
from ray.serve.handle import DeploymentHandle
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from deployments import graph
from deployments.driver import Fanout
from deployments.results import ANALYSES
from serve_app import logs
from serve_app.api.access_log import ExchangeLog
from serve_app.api.application import build_api
from serve_app.cache import Lifetime, MemoryCache, RedisCache, TieredCache
from serve_app.cache.maintenance import Upkeep
from serve_app.cache.responses import READY_SHARE, ReadyAnswers
from serve_app.metrics import NodeMetrics, ServiceMetrics
from serve_app.readiness import Readiness
from serve_app.request.batch import Refused, encode_items, parse_batch
from serve_app.request.post import parse_post
from serve_app.service import NoStore, Service
from serve_app.settings import CacheSettings, Secrets, Settings, StoreSettings
from serve_app.store.store import Store

_REPORT_INTERVAL_S = 0.5
# Objects made and not freed between two looks for cycles; Python's own number is 700.
_GARBAGE_THRESHOLD = 20_000

# No `from __future__ import annotations` here: Serve reads the type of build_app's
# argument, and would silently pass a plain dict.


def build_app(settings: Settings) -> Application:
    """The bound application; the ``import_path`` of every Serve config file.

    Args:
        settings: the application's ``args``; what the environment adds is read in the
            driver's replicas, so that no secret stands in a deployed config.
    """
    driver = serve.deployment(max_ongoing_requests=1_000)(Driver).options(name="driver")
    return driver.bind(settings, **graph.bind(settings.analyses, configure_logs))


@serve.ingress()
class Driver:
    """One replica of the driver: the HTTP routes and the handle methods."""

    # Serve awaits the constructor: pools are opened in the replica's event loop.
    async def __init__(  # type: ignore[misc]
        self, settings: Settings, **handles: DeploymentHandle[Any]
    ) -> None:
        configure_logs()
        self._secrets = Secrets.from_environment()
        self._exchanges = ExchangeLog()
        metrics = self._metrics = ServiceMetrics()
        fanout = Fanout(
            {name: graph.call(handles[name]) for name in ANALYSES},
            settings.driver.batch_limits(),
            metrics.batched,
        )
        readiness = Readiness(fanout)
        self._cache = _cache(settings.cache, self._secrets, metrics)
        self._store = await _store(settings.store, self._secrets)
        self._ready_answers = ReadyAnswers(
            round(settings.cache.memory_size_bytes * READY_SHARE), self._cache.use
        )
        self._upkeep = Upkeep(
            self._cache,
            self._store,
            readiness,
            warm_start_records=settings.cache.warm_start_records,
        )
        self._service = Service(
            fanout=fanout,
            cache=self._cache,
            ready_answers=self._ready_answers,
            store=self._store,
            readiness=readiness,
            observer=metrics,
            metrics_page=NodeMetrics().page,
            settings=settings.driver,
        )
        readiness.start()
        self._upkeep.start()
        self._levels = asyncio.create_task(self._report_levels())
        _settle_garbage()

    def __serve_build_asgi_app__(self) -> ASGIApp:
        """The HTTP side; Serve asks for it once the replica is constructed."""
        # Serve wants an app that knows ASGI's lifespan; the mounted one does without.
        keys = self._secrets.api_keys
        api = build_api(lambda: self._service, api_keys=keys, observe=self._exchanges)
        return Starlette(routes=[Mount("/", app=api)])

    async def analyze(self, request: dict[str, Any]) -> bytes:
        """The JSON answer to one request, a dict as the body of ``POST /v1/analyze``.

        Raises:
            InvalidRequest: the request is not one; it carries the problem.
        """
        return await self._service.analyze(parse_post(request))

    async def analyze_many(self, requests: list[dict[str, Any]]) -> list[bytes]:
        """One JSON item for each request, as in ``POST /v1/analyze/batch``, in order."""
        items = parse_batch({"posts": requests})
        posts = [item for item in items if not isinstance(item, Refused)]
        answers = await self._service.analyze_many(posts)
        return encode_items(items, answers, request_id=None)

    async def find(self, digest: str) -> bytes | None:
        """The stored answer for a digest; None where there is none.

        Raises:
            StoreUnavailable: nobody can tell now.
        """
        return await self._service.find(digest)

    async def _report_levels(self) -> None:
        while True:
            self._report()
            await asyncio.sleep(_REPORT_INTERVAL_S)

    def _report(self) -> None:
        metrics, memory, redis = self._metrics, self._cache.memory, self._cache.redis
        metrics.report()
        metrics.level("store_queue", self._store.queued)
        metrics.level("cache_memory_bytes", memory.size_bytes)
        metrics.level("cache_memory_records", len(memory))
        metrics.level("cache_ready_bytes", self._ready_answers.size_bytes)
        metrics.total("store_dropped", self._store.dropped)
        metrics.total("cache_evicted", memory.evicted)
        metrics.total("cache_expired", memory.expired)
        metrics.total("cache_renewed", self._cache.renewed)
        metrics.total("cache_warmed", self._upkeep.warmed)
        if redis:
            metrics.total("cache_redis_failures", redis.failures)
            metrics.total("cache_redis_corrupt", redis.corrupt)

    async def __del__(self) -> None:
        self._levels.cancel()
        self._report()
        self._exchanges.flush()
        await self._upkeep.close()
        await self._service.close()


def _settle_garbage() -> None:
    """Have Python's collector leave alone what lives as long as the process.

    It would walk over all modules again and again, and requests leave few cycles behind.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GARBAGE_THRESHOLD)


def configure_logs() -> None:
    """Log as JSON in this process; each replica does so first."""
    logs.configure(os.environ.get("POSTLENS_LOG_FILE"))


def _cache(settings: CacheSettings, secrets: Secrets, metrics: ServiceMetrics) -> TieredCache:
    memory = MemoryCache(
        round(settings.memory_size_bytes * (1 - READY_SHARE)),
        Lifetime(settings.memory_ttl_s, settings.memory_ttl_max_s),
    )
    redis = secrets.redis_url and RedisCache(
        secrets.redis_url.get_secret_value(),
        Lifetime(settings.redis_ttl_s, settings.redis_ttl_max_s),
        timeout_s=settings.redis_timeout_s,
    )
    return TieredCache(
        memory,
        redis or None,
        refresh_below=settings.refresh_below,
        on_lookup=metrics.looked_up,
    )


async def _store(settings: StoreSettings, secrets: Secrets) -> Store | NoStore:
    if secrets.database_url is None:
        return NoStore()
    return await Store.open(secrets.database_url.get_secret_value(), settings)
