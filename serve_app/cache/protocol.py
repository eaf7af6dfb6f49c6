"""What every cache promises."""

from collections.abc import Sequence
from typing import Protocol

from serve_app.analysis_record import AnalysisRecord


class Cache(Protocol):
    """Records by digest. It may forget at any time, and never raises for its own failure."""

    async def get_many(self, digests: Sequence[str]) -> dict[str, AnalysisRecord]:
        """The records it has among these digests; each of them counts as used."""

    async def put_many(self, records: Sequence[AnalysisRecord]) -> None:
        """Keep the records; what is kept of the same text already is added to."""

    async def close(self) -> None:
        """Let go of connections; the cache is not used afterwards."""
