"""How much is measured: a whole benchmark, or a quick look."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BenchPlan:
    """Counts and times of one benchmark.

    Attributes:
        rounds: everything is started and measured so often; a row's value is the median.
        own_posts: analysed in the process by our analyzers.
        stock_posts: likewise by the stock models.
        warm_posts: sent to the service before anything is measured, from 64 clients: each
            model's memory grows with the largest batch that it has seen.
        cold_posts: of the service with 64 clients, and in one batch request.
        clients: further numbers of clients for the service's cold posts.
        clients_posts: posts for each of these.
        lone_posts: one after another, cold, then hot.
        hot_requests: with 64 clients.
        noop_clients: numbers of clients that a no-op is tried with for its best.
        slow_requests: sent to a no-op of some hundred requests a second.
        mixed_s: duration of each arrival rate.
        mixed_search: whether to look for the highest rate held, beside those of the goals.
        peer_clients: numbers of clients that a peer is tried with for its best.
        stock_peer_posts: sent to a server of stock models.
        own_peer_posts: sent to a server of our analyzers.
        agreement_posts: compared under load and alone.
    """

    rounds: int
    own_posts: int
    stock_posts: int
    warm_posts: int
    cold_posts: int
    clients: tuple[int, ...]
    clients_posts: int
    lone_posts: int
    hot_requests: int
    noop_clients: tuple[int, ...]
    slow_requests: int
    mixed_s: float
    mixed_search: bool
    peer_clients: tuple[int, ...]
    stock_peer_posts: int
    own_peer_posts: int
    agreement_posts: int


FULL = BenchPlan(
    rounds=3,
    own_posts=512,
    stock_posts=32,
    warm_posts=512,
    cold_posts=1_000,
    clients=(4, 16, 32),
    clients_posts=160,
    lone_posts=60,
    hot_requests=20_000,
    noop_clients=(4, 16, 64),
    slow_requests=1_000,
    mixed_s=60,
    mixed_search=True,
    peer_clients=(4, 16, 32),
    stock_peer_posts=48,
    own_peer_posts=256,
    agreement_posts=60,
)
QUICK = BenchPlan(
    rounds=1,
    own_posts=96,
    stock_posts=6,
    warm_posts=128,
    cold_posts=200,
    clients=(16,),
    clients_posts=64,
    lone_posts=20,
    hot_requests=5_000,
    noop_clients=(4, 64),
    slow_requests=400,
    mixed_s=4,
    mixed_search=False,
    peer_clients=(16,),
    stock_peer_posts=12,
    own_peer_posts=64,
    agreement_posts=16,
)
#: "64 clients" of the goals.
CLIENTS = 64
#: Of the mixed load.
COLD_SHARE = 0.05
MIXED_GOALS_PER_S = (500, 1_000)
#: A rate of arrivals is met where so many of 100 requests are answered while they arrive.
ANSWERED_PERCENT = 99.0
