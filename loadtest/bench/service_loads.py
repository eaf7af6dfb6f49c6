"""Measuring our own service: one start, then every load of the plan on it."""

import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

from loadtest.bench import agreement
from loadtest.bench.measurements import Findings
from loadtest.bench.plan import ANSWERED_PERCENT, CLIENTS, COLD_SHARE, MIXED_GOALS_PER_S, Plan
from loadtest.bench.process_usage import Usage
from loadtest.bench.server import Server, running
from loadtest.bench.targets import Target, batch_request, postlens
from loadtest.generator.load_result import Load
from loadtest.generator.loops import closed_loop, open_loop
from loadtest.generator.posts import Posts

_LIMIT_S = 240.0
_MIXED_CONNECTIONS = 256
_MIXED_GRACE_S = 30.0
_HOT_POSTS = 200
_MIXED_ABOVE_PER_S = (1_250, 1_500, 1_750, 2_000, 2_500)
_MIXED_BETWEEN_PER_S = (875, 750, 625)
_MIXED_BELOW_PER_S = (375, 250, 125)
_HELD_ERRORS = 0.001
_HELD_P50_MS = 50.0

#: The parts of the stage; what each needs is measured before it.
PARTS = ("start", "lone", "cold", "batch", "hot", "mixed")


@dataclass
class ServiceStage:
    """One round of the service.

    Attributes:
        plan: how much.
        findings: where figures go.
        posts: the supply of posts; the peers take from it, too.
        parts: which loads.
    """

    plan: Plan
    findings: Findings
    posts: Posts
    parts: Collection[str]

    def run(self, work: Path) -> None:
        """Start the service, measure, stop it."""
        with _service(work) as (target, server):
            self.findings.add("postlens.start_s", server.ready_after_s)
            self._closed(target, self.posts.take(self.plan.warm_posts), CLIENTS)
            for part in PARTS[1:]:
                if part in self.parts:
                    getattr(self, f"_{part}")(target, server)

    def _closed(self, target: Target, texts: list[str], clients: int) -> Load:
        requests = target.requests(texts)
        return closed_loop(target.address, requests, clients=clients, limit_s=_LIMIT_S)

    def _lone(self, target: Target, server: Server) -> None:
        texts = self.posts.of_length(self.plan.lone_posts)
        self.findings.add_load("postlens.lone-cold", self._closed(target, texts, 1))
        self.findings.add_load("postlens.lone-hot", self._closed(target, texts, 1))

    def _cold(self, target: Target, server: Server) -> None:
        for clients in self.plan.clients:
            texts = self.posts.take(self.plan.clients_posts)
            self.findings.add_load(f"postlens.cold-{clients}", self._closed(target, texts, clients))
        texts = self.posts.take(self.plan.cold_posts)
        kept = range(0, len(texts), max(1, len(texts) // self.plan.agreement_posts))
        before = server.usage()
        load = closed_loop(
            target.address, target.requests(texts), clients=CLIENTS, limit_s=_LIMIT_S, keep=kept
        )
        after = server.usage()
        self.findings.add_load(f"postlens.cold-{CLIENTS}", load)
        self._memory(before, after, len(texts))
        under_load = {texts[number]: answer for number, answer in load.kept.items()}
        agreement.add(self.findings, agreement.compare(under_load))

    def _memory(self, before: Usage, after: Usage, posts: int) -> None:
        grown_mb = (after.pss_bytes - before.pss_bytes) / 2**20 * 1_000 / posts
        self.findings.add("postlens.growth_mb", grown_mb)
        self.findings.add("postlens.pss_mb", after.pss_bytes / 2**20)
        self.findings.say(
            f"postlens: in all {after.described()}; for these {posts} posts "
            f"{after.cpu_s - before.cpu_s:.1f} s CPU"
        )
        for name, rss in sorted(after.rss_bytes.items(), key=lambda item: -item[1]):
            more_mb = (rss - before.rss_bytes.get(name, 0)) / 2**20
            self.findings.add(f"postlens.rss-mb.{name}", rss / 2**20)
            self.findings.say(f"  {name}: {rss / 2**20:,.0f} MB resident, {more_mb:+.1f} MB")

    def _batch(self, target: Target, server: Server) -> None:
        request = batch_request(target, self.posts.take(self.plan.cold_posts))
        load = closed_loop(target.address, [request], clients=1, limit_s=_LIMIT_S)
        self.findings.add("postlens.batch.per_s", self.plan.cold_posts * load.per_s)
        self.findings.say(f"postlens.batch of {self.plan.cold_posts}: {load.described()}")

    def _hot(self, target: Target, server: Server) -> None:
        requests = target.requests(self._known(target))
        hot = list(islice(cycle(requests), self.plan.hot_requests))
        load = closed_loop(target.address, hot, clients=CLIENTS, limit_s=_LIMIT_S)
        self.findings.add_load("postlens.hot", load)

    def _known(self, target: Target) -> list[str]:
        texts = self.posts.take(_HOT_POSTS)
        self._closed(target, texts, CLIENTS)
        return texts

    def _mixed(self, target: Target, server: Server) -> None:
        known = target.requests(self._known(target))
        keeps_up = {rate: self._holds(target, known, rate) for rate in MIXED_GOALS_PER_S}
        ascending = all(keeps_up.values())
        for rate in self._further(keeps_up):
            keeps_up[rate] = self._holds(target, known, rate)
            if keeps_up[rate] != ascending:
                break
        highest = max((rate for rate, kept_up in keeps_up.items() if kept_up), default=0)
        self.findings.add("postlens.mixed.highest", highest)

    def _further(self, keeps_up: Mapping[int, bool]) -> tuple[int, ...]:
        """Rates that find the highest one: upwards until one is too much, or downwards."""
        if not self.plan.mixed_search:
            return ()
        if all(keeps_up.values()):
            return _MIXED_ABOVE_PER_S
        return _MIXED_BETWEEN_PER_S if any(keeps_up.values()) else _MIXED_BELOW_PER_S

    def _holds(self, target: Target, known: list[bytes], rate: int) -> bool:
        load = self._at_rate(target, known, rate)
        self.findings.add_load(f"postlens.mixed-{rate}", load)
        return held(load)

    def _at_rate(self, target: Target, known: list[bytes], rate: int) -> Load:
        count = round(rate * self.plan.mixed_s)
        step = round(1 / COLD_SHARE)
        new = iter(target.requests(self.posts.take(count // step + 1)))
        hot = cycle(known)
        requests = [next(new) if number % step == 0 else next(hot) for number in range(count)]
        return open_loop(
            target.address, requests, rate_per_s=rate, connections=_MIXED_CONNECTIONS,
            grace_s=_MIXED_GRACE_S,
        )  # fmt: skip


def held(load: Load) -> bool:
    """Whether the server kept up with this rate of arrivals."""
    return (
        load.error_share < _HELD_ERRORS
        and load.percentile_ms(50) < _HELD_P50_MS
        and load.in_time_share * 100 >= ANSWERED_PERCENT
    )


@contextmanager
def _service(work: Path) -> Iterator[tuple[Target, Server]]:
    with tempfile.TemporaryDirectory(prefix="postlens-", dir=work) as data_dir:
        target = postlens(Path(data_dir))
        with running(target.command, target.address, work / "postlens.log") as server:
            yield target, server
