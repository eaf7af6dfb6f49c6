"""What every cache promises; ``tests/services/test_cache_contract.py`` checks it of each."""

from collections.abc import Sequence
from typing import Protocol

from serve_app.analysis_record import AnalysisRecord


class Cache(Protocol):
    """Records by digest. It may forget at any time, and never raises for its own failure."""

    @property
    def up(self) -> bool:
        """Whether the server behind it answered the last call; True where there is none."""

    async def get_many(self, digests: Sequence[str]) -> dict[str, AnalysisRecord]:
        """The records it has among these digests; each of them counts as used."""

    async def put_many(self, records: Sequence[AnalysisRecord]) -> None:
        """Cache the records; a section replaces the cached one of the same analysis."""

    async def forget(self, digests: Sequence[str]) -> None:
        """Remove the records of these texts, as far as the server behind it answers."""

    async def close(self) -> None:
        """Release connections and memory; the cache is not used afterwards."""
