"""Answers kept for the next one who asks: in memory, in Redis, and the two together.

``entry`` and ``memory`` decide what stays in this process, ``lifetime`` for how long,
``packing`` in what form; ``redis`` is the level that replicas share, ``tiered`` the two
levels as one. Records come and go by their digest; which of their sections are still
current is for the caller to judge. ``docs/cache.md`` has the reasons and the figures.
"""

from serve_app.cache.memory import MemoryCache
from serve_app.cache.protocol import Cache
from serve_app.cache.redis import RedisCache
from serve_app.cache.tiered import TieredCache
from serve_app.cache.ttl import Lifetime

__all__ = ["Cache", "Lifetime", "MemoryCache", "RedisCache", "TieredCache"]
