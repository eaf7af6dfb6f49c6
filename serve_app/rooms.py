"""The resources of one driver replica, put together, and their routes.

Knows every room by its classes.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Self

from serve_app.alerts import routes as alerts_routes
from serve_app.alerts.evaluation import RuleEvaluation
from serve_app.alerts.evaluator import Evaluator
from serve_app.alerts.events import Events
from serve_app.alerts.rules import AlertRules
from serve_app.alerts.trend_totals import TrendTotals
from serve_app.api.application import Resources
from serve_app.api.fetched_files import FetchedFiles
from serve_app.api.upload import Uploads
from serve_app.background_task import BackgroundTask, until_next_time
from serve_app.cache import RedisServer
from serve_app.corrections import correction_routes, rule_routes
from serve_app.corrections.desk import CorrectionsDesk
from serve_app.errors import StoreUnavailable
from serve_app.forgetting import Forgetting
from serve_app.jobs import result_routes
from serve_app.jobs import routes as jobs_routes
from serve_app.jobs.room import JobRoom
from serve_app.keys import routes as keys_routes
from serve_app.keys.key_ring import KeyRing
from serve_app.keys.keys import Keys
from serve_app.posts import finding_routes, revision_routes, transfer_routes
from serve_app.posts import routes as posts_routes
from serve_app.posts.changes import ChangeListener
from serve_app.posts.counting import count
from serve_app.posts.housekeeping import Housekeeping
from serve_app.posts.pending import COUNT_PENDING, PendingPosts
from serve_app.posts.posts import Posts
from serve_app.posts.revisions import Revisions
from serve_app.posts.warming import warm
from serve_app.quotas.quotas import Quotas
from serve_app.service import Service
from serve_app.settings import DEFAULT_WORKSPACE, Settings
from serve_app.similar import routes as similar_routes
from serve_app.similar.indexes import SimilarIndexes
from serve_app.similar.keeping import VectorKeeping
from serve_app.similar.similar_posts import SimilarPosts
from serve_app.store.backlog import Backlog
from serve_app.store.database import Database
from serve_app.store.retention import Retention
from serve_app.trends import routes as trends_routes
from serve_app.trends.counting import TrendCounting
from serve_app.trends.folding import Folding
from serve_app.usage import routes as usage_routes
from serve_app.usage.usage import Usage
from serve_app.webhooks import routes as webhooks_routes
from serve_app.webhooks.delivery import WebhookDelivery
from serve_app.webhooks.outbox import COUNT_WAITING, Outbox
from serve_app.webhooks.sender import Sender
from serve_app.webhooks.webhooks import Webhooks
from serve_app.workspaces import routes as workspaces_routes
from serve_app.workspaces.deletion import WorkspaceDeletion
from serve_app.workspaces.directory import Workspaces

log = logging.getLogger(__name__)

_ROUTERS = (
    posts_routes.router,
    finding_routes.router,
    revision_routes.router,
    transfer_routes.router,
    jobs_routes.router,
    result_routes.router,
    similar_routes.router,
    trends_routes.router,
    alerts_routes.router,
    webhooks_routes.router,
    correction_routes.router,
    rule_routes.router,
    keys_routes.router,
    usage_routes.router,
    workspaces_routes.router,
)
#: A Postgres that was away is tried again after so long; settings are read as often.
_REFRESH_S = 1.0
_CANCEL_TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True)
class Rooms:
    """What the endpoints of resources are given, and what goes on beside them."""

    database: Database
    workspaces: Workspaces
    key_ring: KeyRing
    quotas: Quotas
    corrections: CorrectionsDesk
    posts: Posts
    revisions: Revisions
    uploads: Uploads
    fetched_files: FetchedFiles
    pending: PendingPosts
    pending_backlog: Backlog
    housekeeping: Housekeeping
    similar_indexes: SimilarIndexes
    folding: Folding
    deletion: WorkspaceDeletion
    forgetting: Forgetting
    refreshing: BackgroundTask
    warming: BackgroundTask
    webhooks: Webhooks
    delivery: WebhookDelivery
    delivery_backlog: Backlog
    evaluator: Evaluator
    jobs: JobRoom
    usage: Usage
    usage_retention: Retention

    @classmethod
    async def open(
        cls,
        database_url: str,
        service: Service,
        settings: Settings,
        redis: RedisServer | None = None,
        now_us: Callable[[], int] = lambda: time.time_ns() // 1_000,
    ) -> Self:
        """Connect, bring the schema up to date, and start the background work.

        Where Postgres is down the rooms open all the same: they answer ``store-unavailable``.

        Args:
            database_url: ``postgresql://...``.
            service: analyses the posts.
            settings: of the application.
            redis: counts what keys send; without one, each replica does.
            now_us: microseconds since 1970, by which that is counted.

        Raises:
            MigrationChanged: an applied migration differs from this version's.
            ValueError: the URL is not one of Postgres.
        """
        database = await Database.open(database_url, pool_size=settings.posts.pool_size)
        try:
            with contextlib.suppress(StoreUnavailable):  # tried again beside the requests
                await database.migrate()
        except BaseException:
            await database.close()
            raise
        workspaces = Workspaces(database)
        uploads = Uploads(settings.uploads)
        usage = Usage(database, now_us)
        forgetting = Forgetting(database, service.forget)
        sender = Sender(
            allow_private=settings.webhooks.allow_private, timeout_s=settings.webhooks.timeout_s
        )
        delivery = WebhookDelivery(Outbox(database), sender, settings.webhooks)
        evaluator = Evaluator(
            database,
            RuleEvaluation(TrendTotals(), retry_hours=settings.webhooks.retry_hours),
            settings.alerts,
            wake_delivery=delivery.wake,
        )
        listeners: list[ChangeListener] = [TrendCounting(), evaluator, VectorKeeping()]
        corrections = CorrectionsDesk(database, listeners)
        posts = Posts(
            database,
            service,
            forgetting.forget,
            settings.posts,
            listeners=listeners,
            overlay=corrections.in_force,
        )
        rooms = cls(
            database,
            workspaces,
            KeyRing(database),
            Quotas.over(database, workspaces.id_of, redis, now_us),
            corrections,
            posts,
            Revisions(
                database,
                service,
                wait_s=settings.posts.wait_s,
                overlay=corrections.in_force,
            ),
            uploads,
            FetchedFiles(uploads, settings.uploads),
            PendingPosts(posts, service),
            Backlog(database, "pending posts", COUNT_PENDING),
            Housekeeping(posts, workspaces),
            SimilarIndexes(database),
            Folding(database),
            WorkspaceDeletion(database, workspaces, forgetting.forget),
            forgetting,
            BackgroundTask("The refreshing of workspaces", lambda: _refresh(database, workspaces)),
            BackgroundTask(
                "The warming of connections",
                lambda: _warm(database, workspaces, settings.posts.pool_size // 2),
            ),
            Webhooks(database, settings.webhooks, wake=delivery.wake),
            delivery,
            Backlog(database, "messages that wait", COUNT_WAITING),
            evaluator,
            JobRoom.make(database, service, corrections.answering_in, posts, settings),
            usage,
            Retention("totals of usage", usage.delete_before, days=settings.usage.retention_days),
        )
        rooms.start()
        return rooms

    def start(self) -> None:
        """Begin the background work; to be called inside the event loop."""
        for task in (
            self.refreshing,
            self.key_ring,
            self.warming,
            self.quotas.metering,
            self.forgetting,
            self.corrections,
            self.pending,
            self.pending_backlog,
            self.housekeeping,
            self.similar_indexes,
            self.folding,
            self.deletion,
            self.delivery,
            self.delivery_backlog,
            self.evaluator,
            self.jobs,
            self.usage_retention,
        ):
            task.start()

    async def close(self) -> None:
        """Stop the background work, finish what is being written, disconnect."""
        await self.key_ring.close()
        await self.pending_backlog.close()
        await self.delivery_backlog.close()
        await self.jobs.close()
        await self.usage_retention.close()
        await self.fetched_files.close()
        await self.quotas.metering.close()
        await self.pending.close()
        await self.housekeeping.close()
        await self.similar_indexes.close()
        await self.folding.close()
        await self.deletion.close()
        await self.evaluator.close()
        await self.delivery.close()
        await self.corrections.close()
        await self.refreshing.close(timeout_s=_CANCEL_TIMEOUT_S)
        await self.warming.close(timeout_s=_CANCEL_TIMEOUT_S)
        await self.posts.close()
        await self.forgetting.close()
        await self.database.close()


def resources(rooms: Rooms | None) -> Resources:
    """The routes of all resources; without rooms they answer ``no-database``."""
    if rooms is None:
        return Resources(_ROUTERS)
    state = {
        "database": rooms.database,
        "workspaces": rooms.workspaces,
        "keys": Keys(rooms.database, rooms.key_ring.refresh),
        "usage": rooms.usage,
        "workspace_deletion": rooms.deletion,
        "corrections": rooms.corrections,
        "posts": rooms.posts,
        "count_posts": partial(count, conditions=()),
        "revisions": rooms.revisions,
        "uploads": rooms.uploads,
        "fetched_files": rooms.fetched_files,
        "webhooks": rooms.webhooks,
        "similar_posts": SimilarPosts(rooms.database),
        "alert_rules": AlertRules(rooms.database),
        "alert_events": Events(rooms.database),
        "jobs": rooms.jobs.desk,
    }
    return Resources(
        _ROUTERS,
        state,
        rooms.workspaces.salt_of,
        rooms.corrections.answering_in,
        rooms.key_ring.find,
        rooms.quotas,
    )


async def _warm(database: Database, workspaces: Workspaces, connections: int) -> None:
    """Half of the connections at most: requests that come already are to find some free."""
    with contextlib.suppress(StoreUnavailable):  # then the first lists are slower
        workspace = await workspaces.get(DEFAULT_WORKSPACE)
        await warm(database, workspace.id, connections)


async def _refresh(database: Database, workspaces: Workspaces) -> None:
    """Reach a Postgres that was down at the start; read what other replicas have changed."""
    while True:
        with until_next_time(log, "The settings of workspaces could not be read"):
            await database.migrate()
            await workspaces.refresh()
        await asyncio.sleep(_REFRESH_S)
