"""The parts of one driver replica, put together: fan-out, caches, store, readiness, service.

Knows every part by its class, and neither HTTP nor Ray: the calls of the analyses and the
metrics are given.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, Self

from deployments.calls import Call, Read
from deployments.driver import Fanout
from serve_app.cache import MemoryCache, RedisCache, ResponseCache, TieredCache, TtlPolicy
from serve_app.cache.response_cache import RESPONSE_CACHE_SHARE
from serve_app.cache_maintenance import CacheMaintenance
from serve_app.readiness import Readiness
from serve_app.rooms import Rooms
from serve_app.service import Observer, Service
from serve_app.settings import CacheSettings, Secrets, Settings, StoreSettings
from serve_app.store import NullStore, PostgresStore, Store


class ComponentObserver(Observer, Protocol):
    """What the components tell the metrics."""

    def batched(self, deployment: str, texts: int) -> None:
        """A call of an analysis or the encoder left with so many texts."""

    def looked_up(self, level: str, records: int) -> None:
        """So many records were found in ``memory`` or ``redis``, or nowhere (``none``)."""


@dataclass(frozen=True, slots=True)
class Components:
    """What runs in one driver replica."""

    cache: TieredCache
    responses: ResponseCache
    store: Store
    readiness: Readiness
    maintenance: CacheMaintenance
    service: Service
    rooms: Rooms | None

    @classmethod
    async def open(
        cls,
        settings: Settings,
        secrets: Secrets,
        calls: Mapping[str, Call],
        read: Read,
        observer: ComponentObserver,
    ) -> Self:
        """Build all of them and start their background work.

        Args:
            settings: of the application.
            secrets: where Redis and Postgres are, if there are any.
            calls: the way to each analysis.
            read: the way to the encoder.
            observer: notified of what happens.

        Raises:
            MigrationChanged: see :meth:`PostgresStore.open`.
            ValueError: a URL is none of Redis or Postgres.
        """
        fanout = Fanout(
            calls,
            settings.driver.batch_limits(),
            observer.batched,
            read=read,
            readers=settings.analyses.readers(),
        )
        cache = _open_cache(settings.cache, secrets, observer)
        store = await _open_store(settings.store, secrets)
        readiness = Readiness(fanout)
        response_bytes = round(settings.cache.memory_size_bytes * RESPONSE_CACHE_SHARE)
        responses = ResponseCache(response_bytes, cache.count_use)
        maintenance = CacheMaintenance(
            cache, store, readiness, warm_start_records=settings.cache.warm_start_records
        )
        service = Service(
            fanout=fanout,
            cache=cache,
            responses=responses,
            store=store,
            readiness=readiness,
            observer=observer,
            settings=settings.driver,
        )
        rooms = await _open_rooms(settings, secrets, service, cache)
        readiness.start()
        maintenance.start()
        return cls(cache, responses, store, readiness, maintenance, service, rooms)

    async def close(self) -> None:
        """Stop the background work, finish what is being computed and written."""
        await self.maintenance.close()
        if self.rooms:
            await self.rooms.close()
        await self.service.close()


def _open_cache(
    settings: CacheSettings, secrets: Secrets, observer: ComponentObserver
) -> TieredCache:
    memory = MemoryCache(
        round(settings.memory_size_bytes * (1 - RESPONSE_CACHE_SHARE)),
        TtlPolicy(settings.memory_ttl_s, settings.memory_ttl_max_s),
    )
    redis = secrets.redis_url and RedisCache(
        secrets.redis_url.get_secret_value(),
        TtlPolicy(settings.redis_ttl_s, settings.redis_ttl_max_s),
        timeout_s=settings.redis_timeout_s,
    )
    return TieredCache(
        memory,
        redis or None,
        refresh_below=settings.refresh_below,
        on_lookup=observer.looked_up,
    )


async def _open_store(settings: StoreSettings, secrets: Secrets) -> Store:
    if secrets.database_url is None:
        return NullStore()
    return await PostgresStore.open(secrets.database_url.get_secret_value(), settings)


async def _open_rooms(
    settings: Settings, secrets: Secrets, service: Service, cache: TieredCache
) -> Rooms | None:
    if secrets.database_url is None:
        return None
    redis = cache.redis.server if cache.redis else None
    return await Rooms.open(secrets.database_url.get_secret_value(), service, settings, redis)
