"""The Serve application: the analyses behind one driver, which is the ingress.

The driver replica receives HTTP straight from HAProxy, so that a cached answer costs
no hop; its handle methods run through the same service.
"""

import gc
from typing import Any

from ray import serve
from ray.serve import Application
from ray.serve.handle import DeploymentHandle
from starlette.types import ASGIApp

from deployments import graph
from deployments.results import ANALYSES
from serve_app import logs
from serve_app.api.access_log import AccessLog
from serve_app.api.application import build_api, with_lifespan
from serve_app.components import Components
from serve_app.metrics.levels import MetricsReporter
from serve_app.metrics.node_page import NodePage
from serve_app.metrics.requests import RequestMetrics
from serve_app.request.batch import InvalidPost, encode_items, parse_batch
from serve_app.request.digest import parse_digest
from serve_app.request.post import parse_post
from serve_app.settings import MachineEnvironment, Secrets, Settings

# Objects made and not freed between two looks for cycles; Python's own number is 700.
_GARBAGE_THRESHOLD = 20_000

# No `from __future__ import annotations` here: Serve reads the type of build_app's
# argument, and would silently pass a plain dict.


def build_app(settings: Settings) -> Application:
    """The bound application; the ``import_path`` of every Serve config file.

    Args:
        settings: the application's ``args``; what the environment adds is read in the
            replicas, so that no secret stands in a deployed config.
    """
    driver = serve.deployment(max_ongoing_requests=1_000)(Driver).options(name="driver")
    analyses = graph.bind(
        settings.analyses,
        concurrent_passes=settings.encoder.concurrent_passes,
        on_start=configure_logs,
    )
    return driver.bind(settings, **analyses)


@serve.ingress()
class Driver:
    """One replica of the driver: the HTTP routes and the handle methods."""

    # Serve awaits the constructor: pools are opened in the replica's event loop.
    async def __init__(  # type: ignore[misc]
        self, settings: Settings, **handles: DeploymentHandle[Any]
    ) -> None:
        configure_logs()
        self._api_settings = settings.api
        self._secrets = Secrets.from_environment()
        self._access_log = AccessLog()
        metrics = RequestMetrics()
        calls = {name: graph.call(handles[name]) for name in ANALYSES}
        self._components = await Components.open(settings, self._secrets, calls, metrics)
        self._service = self._components.service
        self._reporter = MetricsReporter(self._components, metrics)
        self._reporter.start()
        _freeze_long_lived_objects()

    def __serve_build_asgi_app__(self) -> ASGIApp:
        """The HTTP side; Serve asks for it once the replica is constructed."""
        api = build_api(
            self._service,
            metrics_page=NodePage().read,
            api_keys=self._secrets.api_keys,
            settings=self._api_settings,
            on_request=self._access_log.add,
        )
        return with_lifespan(api)

    async def analyze(self, request: dict[str, Any]) -> bytes:
        """The JSON answer to one request, a dict as the body of ``POST /v1/analyze``.

        Raises:
            InvalidRequest: the request is not one; it carries the problem.
        """
        return await self._service.analyze(parse_post(request))

    async def analyze_many(self, requests: list[dict[str, Any]]) -> list[bytes]:
        """One JSON item for each request, as in ``POST /v1/analyze/batch``, in order."""
        items = parse_batch({"posts": requests})
        posts = [item for item in items if not isinstance(item, InvalidPost)]
        answers = await self._service.analyze_many(posts)
        return encode_items(items, answers, request_id=None)

    async def find(self, digest: str) -> bytes | None:
        """The stored answer for a digest; None where there is none.

        Raises:
            InvalidRequest: it is no digest.
            StoreUnavailable: nobody can tell now.
        """
        return await self._service.find(parse_digest(digest))

    async def __del__(self) -> None:
        await self._reporter.close()
        self._access_log.flush()
        await self._components.close()


def _freeze_long_lived_objects() -> None:
    """Have Python's collector leave alone what lives as long as the process.

    It would walk over all modules again and again, and requests leave few cycles behind.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GARBAGE_THRESHOLD)


def configure_logs() -> None:
    """Log as JSON in this process; each replica does so first."""
    logs.configure(MachineEnvironment.read().log_file)
