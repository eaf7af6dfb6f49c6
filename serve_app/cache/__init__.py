"""Cached answers and records: in memory, in Redis, and the two together.

``response_cache`` holds whole answers as they were sent. Below it are records by the digest
of their text: ``record_table`` holds them in this process for as long as ``ttl`` says,
``eviction`` decides which leaves first, ``codec`` how they are encoded; ``memory`` is the
cache made of these, ``redis`` the one that replicas share, over
``redis_server``, ``tiered`` the two as one. Which
sections of a record are still current is for the caller to judge. ``docs/cache.md`` has the
reasons and the figures.
"""

from serve_app.cache.memory import MemoryCache
from serve_app.cache.protocol import Cache
from serve_app.cache.redis import RedisCache
from serve_app.cache.redis_server import RedisServer
from serve_app.cache.response_cache import ResponseCache
from serve_app.cache.tiered import TieredCache
from serve_app.cache.ttl import TtlPolicy

__all__ = [
    "Cache",
    "MemoryCache",
    "RedisCache",
    "RedisServer",
    "ResponseCache",
    "TieredCache",
    "TtlPolicy",
]
