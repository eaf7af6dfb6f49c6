"""The API over a real Postgres and analyses without models."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from starlette.types import ASGIApp

from serve_app.api.application import build_api
from serve_app.cache import RedisServer
from serve_app.rooms import Rooms, resources
from serve_app.settings import (
    ApiKey,
    JobSettings,
    PostsSettings,
    Settings,
    UploadSettings,
    WebhookSettings,
)
from tests.services.asgi_client import client_of
from tests.services.rule_service import RuleService


@dataclass(frozen=True, slots=True)
class KeptPosts:
    """A replica with its rooms, and a client of its API."""

    client: httpx.AsyncClient
    rooms: Rooms
    service: RuleService
    api: ASGIApp


@asynccontextmanager
async def kept_posts(
    database_url: str,
    *,
    keys: Sequence[str] = (),
    settings: PostsSettings | None = None,
    uploads: UploadSettings | None = None,
    webhooks: WebhookSettings | None = None,
    jobs: JobSettings | None = None,
    service: RuleService | None = None,
    redis: RedisServer | None = None,
    now_us: Callable[[], int] | None = None,
) -> AsyncIterator[KeptPosts]:
    """One replica on a database; several may run side by side.

    Args:
        database_url: of a database of the test's own.
        keys: ``WORKSPACE:KEY``; without any, all work in the workspace ``default``.
        settings: of posts.
        uploads: of files that are imported.
        webhooks: of messages to receivers.
        jobs: of jobs.
        service: analyses them.
        redis: counts what keys send.
        now_us: the time by which they are counted.
    """
    service = service or RuleService()
    everything = Settings(
        posts=settings or PostsSettings(),
        uploads=uploads or UploadSettings(),
        webhooks=webhooks or WebhookSettings(),
        jobs=jobs or JobSettings(),
    )
    time = {} if now_us is None else {"now_us": now_us}
    rooms = await Rooms.open(database_url, service, everything, redis, **time)
    api = build_api(
        service, api_keys=[ApiKey.parse(key) for key in keys], resources=resources(rooms)
    )
    try:
        async with client_of(api) as client:
            yield KeptPosts(client, rooms, service, api)
    finally:
        await rooms.close()
        await service.close()
