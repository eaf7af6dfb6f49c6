"""The limits in the memory of a replica: for as long as Redis is away."""

from collections import OrderedDict
from uuid import UUID

from serve_app.quotas.answer import Standing
from serve_app.quotas.key_count import KeyCount
from serve_app.quotas.limits import Cost, KeyQuota, day_of, month_of

#: Keys that are counted; of more, those are forgotten that have not been used for longest.
_MAX_KEYS = 100_000


class LocalLimiter:
    """Counts what the keys have sent to this replica."""

    def __init__(self) -> None:
        self._counts: OrderedDict[UUID, KeyCount] = OrderedDict()

    def take(self, quota: KeyQuota, cost: Cost, now_us: int) -> Standing:
        """Count a request, or refuse it, as :class:`RedisLimiter` would."""
        kept = self._counts.get(quota.key, KeyCount())
        count = kept.at(now_us, quota.limits, quota.used, month_of(day_of(now_us)))
        fits = count.fits(quota.limits, cost)
        if fits:
            count = count.plus(quota.limits, cost)
            self._counts[quota.key] = count
            self._counts.move_to_end(quota.key)
            if len(self._counts) > _MAX_KEYS:
                self._counts.popitem(last=False)
        return Standing(quota.limits, count, fits, now_us)
