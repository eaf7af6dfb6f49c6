"""The Serve application: the analyses behind one driver, which is the ingress.

The driver replica receives HTTP straight from HAProxy, so that a cached answer costs
no hop; its handle methods call the same routes.
"""

from collections.abc import AsyncGenerator
from typing import Any

from ray import serve
from ray.serve import Application
from ray.serve.handle import DeploymentHandle
from starlette.types import ASGIApp

from deployments import graph
from deployments.batcher import ENCODER
from deployments.results import ANALYSES
from serve_app import logs
from serve_app.api import direct_requests
from serve_app.api.access_log import AccessLog
from serve_app.api.application import build_api, with_lifespan
from serve_app.api.direct_requests import AnswerHead, DirectRequest, Pairs
from serve_app.components import Components
from serve_app.drafts.channel import DraftCounts
from serve_app.garbage import freeze_long_lived_objects
from serve_app.job_workers import JobWorkers
from serve_app.metrics.levels import MetricsReporter
from serve_app.metrics.node_page import NodePage
from serve_app.metrics.requests import RequestMetrics
from serve_app.rooms import resources
from serve_app.settings import DEFAULT_WORKSPACE, Secrets, Settings

#: The deployment that works on jobs, where the drivers do not.
JOBS = "jobs"

# No `from __future__ import annotations` here: Serve reads the type of build_app's
# argument, and would silently pass a plain dict.


def build_app(settings: Settings) -> Application:
    """The bound application; the ``import_path`` of every Serve config file.

    Args:
        settings: the application's ``args``; what the environment adds is read in the
            replicas, so that no secret stands in a deployed config.
    """
    driver = serve.deployment(max_ongoing_requests=1_000)(Driver).options(name="driver")
    deployments = graph.bind(
        settings.analyses,
        concurrent_passes=settings.encoder.concurrent_passes,
        on_start=logs.configure_from_environment,
    )
    if not settings.jobs.in_driver:
        workers = serve.deployment(ray_actor_options={"num_cpus": 0})(JobWorkers)
        deployments[JOBS] = workers.options(name=JOBS).bind(settings, **deployments)
    return driver.bind(settings, **deployments)


@serve.ingress()
class Driver:
    """One replica of the driver: the HTTP routes and the handle methods."""

    # Serve awaits the constructor: pools are opened in the replica's event loop.
    async def __init__(  # type: ignore[misc]
        self, settings: Settings, **handles: DeploymentHandle[Any]
    ) -> None:
        logs.configure_from_environment()
        secrets = Secrets.from_environment()
        self._access_log = AccessLog()
        metrics = RequestMetrics()
        calls = {name: graph.call(handles[name]) for name in ANALYSES}
        read = graph.reading(handles[ENCODER])
        self._components = await Components.open(settings, secrets, calls, read, metrics)
        drafts = DraftCounts()
        # One for HTTP and handles: bodies of both share the room that there is for them.
        self._api = build_api(
            self._components.service,
            metrics_page=NodePage().read,
            api_keys=secrets.api_keys,
            require_keys=secrets.require_keys or settings.api.require_keys,
            resources=resources(self._components.rooms),
            settings=settings.api,
            on_request=self._access_log.add,
            drafts=drafts,
        )
        self._reporter = MetricsReporter(self._components, metrics, drafts)
        self._reporter.start()
        freeze_long_lived_objects()

    def __serve_build_asgi_app__(self) -> ASGIApp:
        """The HTTP side; Serve asks for it once the replica is constructed."""
        return with_lifespan(self._api)

    async def request(
        self,
        method: str,
        path: str,
        query: Pairs = (),
        headers: Pairs = (),
        body: bytes = b"",
        workspace: str = DEFAULT_WORKSPACE,
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        """What any route answers: status, headers with names in lower case, body.

        Args:
            method: of HTTP.
            path: percent-encoded, without the query.
            query: the parameters; a name may stand more than once.
            headers: such as ``("Content-Type", "application/json")``, which a body needs.
            body: within the limits of HTTP.
            workspace: in place of an API key.

        Raises:
            InvalidRequest: there can be no workspace of this name.
        """
        direct = DirectRequest(method, path, query, headers, body, workspace)
        return await direct_requests.answer(self._api, direct)

    async def stream(
        self,
        method: str,
        path: str,
        query: Pairs = (),
        headers: Pairs = (),
        body: bytes = b"",
        workspace: str = DEFAULT_WORKSPACE,
    ) -> AsyncGenerator[AnswerHead | bytes, None]:
        """As :meth:`request`: status and headers first, then the body in parts as they are made.

        For ``handle.options(stream=True)``.
        """
        direct = DirectRequest(method, path, query, headers, body, workspace)
        async for part in direct_requests.stream(self._api, direct):
            yield part

    async def __del__(self) -> None:
        await self._reporter.close()
        self._access_log.flush()
        await self._components.close()
