"""Measuring our own service: one start, then every load of the plan on it."""

import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

from loadtest.bench import agreement
from loadtest.bench.measurements import Measurements
from loadtest.bench.mixed_load import MixedLoad
from loadtest.bench.plan import CLIENTS, BenchPlan
from loadtest.bench.process_usage import ProcessUsage
from loadtest.bench.server import RunningServer, running
from loadtest.bench.targets import BenchTarget, batch_request, postlens
from loadtest.generator.http_load import closed_http_load
from loadtest.generator.load_result import LoadResult
from loadtest.generator.posts import PostGenerator

_LIMIT_S = 240.0
_HOT_POSTS = 200

#: What can be measured of the service, in this order.
PARTS = ("start", "lone", "cold", "batch", "hot", "mixed")


@dataclass
class ServiceLoads:
    """One round of the service.

    Attributes:
        plan: how much.
        measurements: where figures go.
        posts: the supply of posts; the peers take from it, too.
        parts: which of PARTS.
        target: makes the service from the folder of its data; its key begins each figure's name.
    """

    plan: BenchPlan
    measurements: Measurements
    posts: PostGenerator
    parts: Collection[str]
    target: Callable[[Path], BenchTarget] = postlens

    def run(self, work: Path) -> None:
        """Start the service with its data and log in ``work``, measure, stop it."""
        with _service(self.target, work) as (target, server):
            self.measurements.add(f"{target.key}.start_s", server.ready_after_s)
            self._closed(target, self.posts.take(self.plan.warm_posts), CLIENTS)
            for part in PARTS[1:]:
                if part in self.parts:
                    getattr(self, f"_{part}")(target, server)

    def _closed(self, target: BenchTarget, texts: list[str], clients: int) -> LoadResult:
        requests = target.requests(texts)
        return closed_http_load(target.address, requests, clients=clients, limit_s=_LIMIT_S)

    def _lone(self, target: BenchTarget, server: RunningServer) -> None:
        texts = self.posts.of_length(self.plan.lone_posts)
        self.measurements.add_load(f"{target.key}.lone-cold", self._closed(target, texts, 1))
        self.measurements.add_load(f"{target.key}.lone-hot", self._closed(target, texts, 1))

    def _cold(self, target: BenchTarget, server: RunningServer) -> None:
        for clients in self.plan.clients:
            texts = self.posts.take(self.plan.clients_posts)
            load = self._closed(target, texts, clients)
            self.measurements.add_load(f"{target.key}.cold-{clients}", load)
        texts = self.posts.take(self.plan.cold_posts)
        compared = range(0, len(texts), max(1, len(texts) // self.plan.agreement_posts))
        before = server.usage()
        load = closed_http_load(
            target.address, target.requests(texts), clients=CLIENTS, limit_s=_LIMIT_S,
            keep=compared,
        )  # fmt: skip
        after = server.usage()
        self.measurements.add_load(f"{target.key}.cold-{CLIENTS}", load)
        self._memory(target.key, before, after, len(texts))
        if self.target is postlens:  # only ours can be asked in this process, too
            under_load = {texts[number]: body for number, body in load.bodies.items()}
            agreement.add(self.measurements, agreement.compare(under_load))

    def _memory(self, key: str, before: ProcessUsage, after: ProcessUsage, posts: int) -> None:
        growth_mb = (after.pss_bytes - before.pss_bytes) / 2**20 * 1_000 / posts
        self.measurements.add(f"{key}.growth_mb", growth_mb)
        self.measurements.add(f"{key}.pss_mb", after.pss_bytes / 2**20)
        self.measurements.say(
            f"{key}: in all {after.summary()}; for these {posts} posts "
            f"{after.cpu_s - before.cpu_s:.1f} s CPU"
        )
        for name, rss_bytes in sorted(after.rss_bytes.items(), key=lambda item: -item[1]):
            more_mb = (rss_bytes - before.rss_bytes.get(name, 0)) / 2**20
            self.measurements.add(f"{key}.rss-mb.{name}", rss_bytes / 2**20)
            self.measurements.say(
                f"  {name}: {rss_bytes / 2**20:,.0f} MB resident, {more_mb:+.1f} MB"
            )

    def _batch(self, target: BenchTarget, server: RunningServer) -> None:
        request = batch_request(target, self.posts.take(self.plan.cold_posts))
        load = closed_http_load(target.address, [request], clients=1, limit_s=_LIMIT_S)
        self.measurements.add("postlens.batch.per_s", self.plan.cold_posts * load.per_s)
        self.measurements.say(f"postlens.batch of {self.plan.cold_posts}: {load.summary()}")

    def _hot(self, target: BenchTarget, server: RunningServer) -> None:
        requests = cycle(target.requests(self._cached_posts(target)))
        hot = list(islice(requests, self.plan.hot_requests))
        load = closed_http_load(target.address, hot, clients=CLIENTS, limit_s=_LIMIT_S)
        self.measurements.add_load("postlens.hot", load)

    def _mixed(self, target: BenchTarget, server: RunningServer) -> None:
        cached = self._cached_posts(target)
        MixedLoad(self.plan, self.measurements, self.posts, target, cached).run()

    def _cached_posts(self, target: BenchTarget) -> list[str]:
        """Posts that the service has answered once."""
        texts = self.posts.take(_HOT_POSTS)
        self._closed(target, texts, CLIENTS)
        return texts


@contextmanager
def _service(
    make_target: Callable[[Path], BenchTarget], work: Path
) -> Iterator[tuple[BenchTarget, RunningServer]]:
    with tempfile.TemporaryDirectory(prefix="postlens-", dir=work) as data_dir:
        target = make_target(Path(data_dir))
        with running(target.command, target.address, work / f"{target.key}.log") as server:
            yield target, server
