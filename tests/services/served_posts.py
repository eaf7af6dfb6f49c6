"""The API with all resources on a real port: Postgres behind it, analyses without models."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.types import ASGIApp, Receive, Scope, Send

from serve_app.api.application import build_api
from serve_app.rooms import Rooms, resources
from serve_app.settings import ApiKey, Settings
from tests.services.rule_service import RuleService
from tests.services.running_api import served


class LazyApi:
    """Opens its rooms with the first request, in the event loop of the server."""

    def __init__(
        self, database_url: str, keys: tuple[str, ...], service: RuleService | None
    ) -> None:
        self._database_url = database_url
        self._service = service
        self._keys = [ApiKey.parse(key) for key in keys]
        self._api: ASGIApp | None = None
        self._opening = asyncio.Lock()
        self._rooms: Rooms | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._opening:
            if self._api is None:
                self._api = await self._open()
        await self._api(scope, receive, send)

    async def _open(self) -> ASGIApp:
        service = self._service or RuleService()
        self._loop = asyncio.get_running_loop()
        self._rooms = await Rooms.open(self._database_url, service, Settings())
        return build_api(
            service,
            api_keys=self._keys,
            resources=resources(self._rooms),
            on_request=lambda entry: None,
        )

    def close(self) -> None:
        if self._rooms and self._loop:
            asyncio.run_coroutine_threadsafe(self._rooms.close(), self._loop).result(30)


@contextmanager
def served_posts(
    database_url: str, *, keys: tuple[str, ...] = (), service: RuleService | None = None
) -> Iterator[str]:
    """The URL of the API on a database of the test's own."""
    api = LazyApi(database_url, keys, service)
    with served(api) as url:
        try:
            yield url
        finally:
            api.close()
