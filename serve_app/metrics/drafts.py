"""What the draft channels of a replica have done, as Ray's metrics."""

from collections.abc import Mapping
from dataclasses import replace

from ray.serve import metrics

from serve_app.drafts.channel import DraftCounts

#: What only grows, by the field that counts it.
_TOTALS: Mapping[str, str] = {
    "texts": "Texts that came over draft channels",
    "superseded": "Texts whose work ended for a newer one of their channel",
    "sentences_read": "Sentences of drafts that were read by themselves",
    "sentences_reused": "Sentences of drafts that were known and not read again",
    "answered": "Drafts that were analysed whole",
}


class DraftMetrics:
    """Brings Ray's metrics up to date."""

    def __init__(self, counts: DraftCounts) -> None:
        """Nothing is told yet.

        Args:
            counts: of the replica, kept up by others.
        """
        self._counts = counts
        self._told = replace(counts)
        self._channels = metrics.Gauge("postlens_draft_channels", "Draft channels that are open")
        self._counters = {
            field: metrics.Counter(f"postlens_draft_{field}", description)
            for field, description in _TOTALS.items()
        }

    def report(self) -> None:
        """Tell Ray what was counted since the last report."""
        self._channels.set(self._counts.channels)
        for field, counter in self._counters.items():
            grown = getattr(self._counts, field) - getattr(self._told, field)
            if grown:
                counter.inc(grown)
        self._told = replace(self._counts)
