"""Measuring the others: each is started, warmed, measured and stopped, one at a time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle, islice
from pathlib import Path

from loadtest.bench.measurements import Measurements
from loadtest.bench.plan import CLIENTS, BenchPlan
from loadtest.bench.server import running
from loadtest.bench.targets import (
    BenchTarget,
    bentoml,
    fastapi,
    litserve,
    litserve_noop,
    ray_defaults,
    ray_noop,
)
from loadtest.generator.http_load import closed_http_load
from loadtest.generator.load_result import LoadResult
from loadtest.generator.posts import PostGenerator
from serve_app.standalone.errors import ProcessFailed

_LIMIT_S = 240.0
_WARM_POSTS = 4
_NOOP_POSTS = 200


@dataclass
class PeerLoads:
    """The peers of every round; remembers each one's best number of clients.

    Attributes:
        plan: how much.
        measurements: where figures go.
        posts: the same supply as the service's.
        python: the interpreter that has LitServe and BentoML.
        work: a folder for logs.
        models: where the stock models lie.
    """

    plan: BenchPlan
    measurements: Measurements
    posts: PostGenerator
    python: str
    work: Path
    models: Path
    best_clients: dict[str, int] = field(default_factory=dict)

    def stock(self) -> None:
        """The servers of stock models."""
        count = self.plan.stock_peer_posts
        for target in (
            fastapi(self.models),
            litserve(self.python, "stock", self.models),
            bentoml(self.python, "stock", self.models, self.work),
        ):
            self._measure(target, partial(self._cold, count=count))

    def own(self) -> None:
        """The servers of our own analyzers."""
        count = self.plan.own_peer_posts
        for target in (
            litserve(self.python, "own", self.models),
            bentoml(self.python, "own", self.models, self.work),
            ray_defaults(),
        ):
            self._measure(target, partial(self._cold, count=count))

    def noops(self) -> None:
        """The servers that answer nothing, each with the number of clients that suits it best.

        Serve at its defaults collapses beyond the 5 requests that a replica takes by default.
        """
        fast, slow = self.plan.hot_requests, self.plan.slow_requests
        self._measure(ray_noop("haproxy"), partial(self._noop, counts={CLIENTS: fast}))
        self._measure(ray_noop("default"), partial(self._noop, counts=self._noop_counts(slow)))
        self._measure(
            litserve_noop(self.python), partial(self._noop, counts=self._noop_counts(slow * 4))
        )

    def _noop_counts(self, count: int) -> dict[int, int]:
        """How many requests each number of clients sends; fewer where each takes longer."""
        return {n: max(n * 2, count * 4 // max(4, n)) for n in self.plan.noop_clients}

    def _measure(self, target: BenchTarget, measure: Callable[[BenchTarget], None]) -> None:
        if target.key in self.measurements.absent:
            return
        print(f"  {target.name}", flush=True)
        try:
            log = self.work / f"{target.key}.log"
            with running(target.command, target.address, log) as server:
                measure(target)
                self.measurements.say(f"{target.key}: in all {server.usage().summary()}")
        except (ProcessFailed, OSError) as error:
            self.measurements.absent[target.key] = str(error)
            self.measurements.say(f"{target.key}: not measured: {error}")

    def _cold(self, target: BenchTarget, count: int) -> None:
        self._send(target, self.posts.take(_WARM_POSTS), 2)
        clients = self.best_clients.get(target.key) or self._find_best(target, count)
        self.best_clients[target.key] = clients
        load = self._send(target, self.posts.take(count), clients)
        self.measurements.add_load(f"{target.key}.cold", load)

    def _find_best(self, target: BenchTarget, count: int) -> int:
        """The number of clients that gives most answers a second."""
        numbers = self.plan.peer_clients
        if len(numbers) == 1:
            return numbers[0]
        per_s = {n: self._trial(target, max(n, count // 2), n) for n in numbers}
        return max(per_s, key=lambda clients: per_s[clients])

    def _trial(self, target: BenchTarget, count: int, clients: int) -> float:
        load = self._send(target, self.posts.take(count), clients)
        self.measurements.say(f"{target.key} with {clients} clients: {load.summary()}")
        return load.per_s

    def _noop(self, target: BenchTarget, counts: Mapping[int, int]) -> None:
        posts = target.requests(self.posts.take(_NOOP_POSTS))
        self._closed(target, posts[:CLIENTS], 4)
        loads = {n: self._closed(target, list(islice(cycle(posts), count)), n)
                 for n, count in counts.items()}  # fmt: skip
        for clients, load in loads.items():
            self.measurements.say(f"{target.key} with {clients} clients: {load.summary()}")
        best = max(loads.values(), key=lambda load: load.per_s)
        self.measurements.add_load(f"{target.key}.hot", best)

    def _send(self, target: BenchTarget, texts: list[str], clients: int) -> LoadResult:
        return self._closed(target, target.requests(texts), clients)

    def _closed(self, target: BenchTarget, requests: list[bytes], clients: int) -> LoadResult:
        return closed_http_load(target.address, requests, clients=clients, limit_s=_LIMIT_S)
