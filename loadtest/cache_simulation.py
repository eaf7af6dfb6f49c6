"""How many requests the cache answers, by level, against one that forgets nothing.

    python -m loadtest.cache_simulation

Zipf's law says which of the posts is asked for: the k-th most popular one in proportion to
1 / k^s. The memory level is the real one with its clock turned by hand, the Redis level a
model of how it is used: the same TTLs, renewed by the same rule, and the least recently
used leaves first, as in ``k8s/base/valkey/cache.conf``. Only records' bytes are left out,
their sizes are not. One core takes about a minute.

Memory is counted against a cache that keeps every post ever asked for as version 0.1.0 did,
as objects that are not compressed.
"""

import argparse
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serve_app.cache.record_table import OVERHEAD_BYTES, RecordTable
from serve_app.cache.response_cache import RESPONSE_CACHE_SHARE
from serve_app.cache.ttl import TtlPolicy
from serve_app.settings import CacheSettings

#: Characters of real English posts of companies at these percentiles.
_PERCENTILES = (0, 5, 25, 50, 75, 90, 95, 99, 100)
_CHARACTERS = (40, 97, 349, 573, 967, 1_499, 1_933, 2_801, 3_161)
#: Bytes of a record of five sections: fixed, for each character, standard deviation of the
#: rest. Least squares over 436 real posts of companies (R2 0.68 and 0.71); encoded with a
#: dictionary that has seen none of them.
_PLAIN_BYTES = (4_085, 4.58, 1_251)
_ENCODED_BYTES = (893, 1.005, 252)
#: Of a record kept as Python objects, in 0.1.0's own reckoning; tracemalloc says 1,407.
_PLAIN_OVERHEAD_BYTES = 1_600
_REQUESTS_PER_S = 200.0


@dataclass(frozen=True, slots=True)
class SimulatedPosts:
    """What may be asked for.

    Attributes:
        digests: one for each post.
        plain_bytes: (posts,) of a record as 0.1.0 kept it.
        encoded: stand-ins of the encoded records; only their lengths matter.
    """

    digests: list[str]
    plain_bytes: NDArray[np.int64]
    encoded: list[bytes]


@dataclass(frozen=True, slots=True)
class HitShares:
    """Requests answered from each level, as shares of all requests: 0..1."""

    memory: float
    redis: float = 0.0

    @property
    def both(self) -> float:
        """From either level."""
        return self.memory + self.redis


class ManualClock:
    """Seconds that pass when the simulation says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """The time now."""
        return self.now


class PlainLru:
    """The memory cache of 0.1.0: uncompressed, the least recently used leaves first."""

    def __init__(self, size_bytes: int) -> None:
        self._free_bytes = size_bytes
        self._sizes: OrderedDict[int, int] = OrderedDict()

    def ask(self, post: int, size_bytes: int) -> bool:
        """Whether the post is there; afterwards it is."""
        if post in self._sizes:
            self._sizes.move_to_end(post)
            return True
        self._sizes[post] = size_bytes
        self._free_bytes -= size_bytes
        while self._free_bytes < 0:
            self._free_bytes += self._sizes.popitem(last=False)[1]
        return False


class RedisModel:
    """Digests in Redis with their expiry times; the least recently used leave first."""

    def __init__(self, size_bytes: int, ttl: TtlPolicy, clock: ManualClock) -> None:
        self._free_bytes = size_bytes
        self._ttl = ttl
        self._clock = clock
        self._entries: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def get(self, digest: str) -> bool:
        """Whether it is there."""
        if digest not in self._entries:
            return False
        if self._entries[digest][0] <= self._clock():
            self._free_bytes += self._entries.pop(digest)[1]
            return False
        self._entries.move_to_end(digest)
        return True

    def put(self, digest: str, size_bytes: int, uses: int = 0) -> None:
        """Set it with the TTL that so many uses have earned."""
        self._free_bytes += self._entries.pop(digest, (0.0, 0))[1] - size_bytes
        self._entries[digest] = self._clock() + self._ttl.ttl_s(uses), size_bytes
        while self._free_bytes < 0:
            self._free_bytes += self._entries.popitem(last=False)[1][1]

    def renew(self, digest: str, size_bytes: int, uses: int, refresh_below: float) -> None:
        """As :meth:`serve_app.cache.TieredCache.renew` does for a used record."""
        earned_s = self._ttl.ttl_s(uses)
        end, _ = self._entries.get(digest, (0.0, 0))
        if end - self._clock() < refresh_below * earned_s:
            self.put(digest, size_bytes, uses)


class CacheLevels:
    """Memory before Redis, asked for one post after another."""

    def __init__(self, memory_bytes: int, redis_bytes: int, settings: CacheSettings) -> None:
        self.clock = ManualClock()
        memory_ttl = TtlPolicy(settings.memory_ttl_s, settings.memory_ttl_max_s)
        redis_ttl = TtlPolicy(settings.redis_ttl_s, settings.redis_ttl_max_s)
        records_bytes = round(memory_bytes * (1 - RESPONSE_CACHE_SHARE))
        self._memory = RecordTable(records_bytes, memory_ttl, clock=self.clock)
        self._redis = RedisModel(redis_bytes, redis_ttl, self.clock) if redis_bytes else None
        self._refresh_below = settings.refresh_below
        self._uses: dict[str, int] = {}

    def ask(self, digest: str, encoded: bytes) -> str:
        """Where the post was: ``memory``, ``redis`` or ``none``; afterwards it is in both."""
        level = "memory"
        if self._memory.count_use(digest) is None:
            level = "redis" if self._redis and self._redis.get(digest) else "none"
            self._memory.put(digest, encoded)
            if level == "redis":
                self._memory.count_use(digest)
            elif self._redis:
                self._redis.put(digest, OVERHEAD_BYTES + len(encoded))
        if level != "none":
            self._uses[digest] = self._uses.get(digest, 0) + 1
        return level

    def maintain(self) -> None:
        """As :meth:`serve_app.cache_maintenance.CacheMaintenance.run_once`."""
        self._memory.sweep()
        counts, self._uses = self._uses, {}
        for digest, count in counts.items():
            cached = self._memory.peek(digest)
            if self._redis and cached:
                uses = max(count, cached.uses)
                self._redis.renew(digest, cached.size_bytes, uses, self._refresh_below)


def make_posts(count: int, seed: int) -> SimulatedPosts:
    """So many posts with sizes of real ones."""
    random = np.random.default_rng(seed)
    characters = np.interp(random.uniform(0, 100, count), _PERCENTILES, _CHARACTERS)
    plain, encoded = (
        np.maximum(fixed / 2, fixed + each * characters + random.normal(0, rest, count)).astype(int)
        for fixed, each, rest in (_PLAIN_BYTES, _ENCODED_BYTES)
    )
    digests = [hashlib.sha256(b"%d" % number).hexdigest() for number in range(count)]
    zeros = bytes(int(encoded.max()))
    return SimulatedPosts(
        digests, plain + _PLAIN_OVERHEAD_BYTES, [zeros[:size] for size in encoded.tolist()]
    )


def zipf_stream(posts: int, requests: int, skew: float, seed: int) -> NDArray[np.int64]:
    """Which post each request asks for: (requests,) of 0..posts-1, most popular first."""
    weights = np.arange(1, posts + 1) ** -skew
    shares = np.cumsum(weights) / weights.sum()
    drawn = np.random.default_rng(seed).random(requests)
    return np.minimum(np.searchsorted(shares, drawn), posts - 1)


def best_fixed_share(counts: NDArray[np.int64], sizes: NDArray[np.int64], room: float) -> float:
    """The hit rate of the best choice of posts that is made once, knowing the whole stream.

    Args:
        counts: requests for each post.
        sizes: bytes of each.
        room: bytes; filled by requests saved for a byte (the last post in part).
    """
    order = np.argsort(-(counts - 1) / sizes)
    order = order[counts[order] > 1]
    fits = np.cumsum(sizes[order]) <= room
    return float((counts[order][fits] - 1).sum() / counts.sum())


def simulate_levels(
    posts: SimulatedPosts,
    stream: Sequence[int],
    memory_bytes: int,
    redis_bytes: int,
    settings: CacheSettings,
) -> HitShares:
    """What each level answers of the stream, asked at an even pace."""
    levels = CacheLevels(memory_bytes, redis_bytes, settings)
    counts = {"memory": 0, "redis": 0, "none": 0}
    interval = round(30 * _REQUESTS_PER_S)
    for number, post in enumerate(stream):
        levels.clock.now = number / _REQUESTS_PER_S
        counts[levels.ask(posts.digests[post], posts.encoded[post])] += 1
        if number % interval == interval - 1:
            levels.maintain()
    return HitShares(counts["memory"] / len(stream), counts["redis"] / len(stream))


def simulate_lru(posts: SimulatedPosts, stream: Sequence[int], memory_bytes: int) -> HitShares:
    """What 0.1.0's cache answers of the stream, in as many bytes."""
    cache = PlainLru(memory_bytes)
    sizes = posts.plain_bytes.tolist()
    return HitShares(sum(cache.ask(post, sizes[post]) for post in stream) / len(stream))


def report(
    posts: SimulatedPosts, requests: int, skew: float, seed: int, say: Callable[[str], None] = print
) -> dict[str, float]:
    """Simulate one stream, and say a line for each arrangement.

    Returns:
        By arrangement, the hits of both levels as a share of the unbounded cache's: 0..1.
    """
    drawn = zipf_stream(len(posts.digests), requests, skew, seed)
    # Popularity must not go with size or with the order of digests.
    drawn = np.random.default_rng(seed + 1).permutation(len(posts.digests))[drawn]
    stream: list[int] = drawn.tolist()
    asked = np.unique(drawn)
    unbounded_bytes = int(posts.plain_bytes[asked].sum())
    unbounded = 1 - len(asked) / requests
    tenth = unbounded_bytes // 10
    settings = CacheSettings()
    sizes = np.array([OVERHEAD_BYTES + len(encoded) for encoded in posts.encoded])
    counts = np.bincount(drawn, minlength=len(sizes))
    say(f"s = {skew:g}: unbounded {unbounded:.4f} in {unbounded_bytes / 2**20:,.0f} MiB")
    arrangements = {
        "memory 10 %, plain LRU (0.1.0)": simulate_lru(posts, stream, tenth),
        "memory 10 %": simulate_levels(posts, stream, tenth, 0, settings),
        "memory 5 % + Redis 5 %": simulate_levels(posts, stream, tenth // 2, tenth // 2, settings),
        "memory 10 % + Redis 30 %": simulate_levels(posts, stream, tenth, 3 * tenth, settings),
        "best fixed choice in 10 %": HitShares(best_fixed_share(counts, sizes, tenth)),
    }
    for name, hits in arrangements.items():
        say(
            f"  {name:32} memory {hits.memory:.4f}  redis {hits.redis:.4f}  both {hits.both:.4f}"
            f"  of unbounded {hits.both / unbounded:.4f}"
        )
    return {name: hits.both / unbounded for name, hits in arrangements.items()}


def main() -> None:
    """Simulate the streams of three skews and print their tables."""
    parser = argparse.ArgumentParser(description="Simulate the cache's hit rate by level.")
    parser.add_argument("--posts", type=int, default=100_000)
    parser.add_argument("--requests", type=int, default=1_000_000)
    parser.add_argument("--skew", type=float, nargs="*", default=[1.0, 0.8, 1.2])
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    posts = make_posts(options.posts, options.seed)
    for skew in options.skew:
        report(posts, options.requests, skew, options.seed)


if __name__ == "__main__":
    main()
