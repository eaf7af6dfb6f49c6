"""The store where the environment names no database."""

from collections.abc import Mapping, Sequence

from serve_app.analysis_record import AnalysisRecord


class NullStore:
    """Stores nothing: analyses live no longer than in the caches."""

    up = True
    queued = 0
    dropped = 0

    def save(self, record: AnalysisRecord, *, characters: int | None = None) -> None:
        """Forget the record."""
        bytes.fromhex(record.digest)

    async def find(self, digest: str) -> AnalysisRecord | None:
        """Nothing is stored."""
        return None

    def forget(self, digests: Sequence[str]) -> None:
        """Nothing waits."""

    async def count_uses(self, uses: Mapping[str, int]) -> None:
        """Count nothing."""

    async def most_used(
        self, versions: Mapping[str, str], *, limit: int, offset: int
    ) -> list[AnalysisRecord]:
        """Nothing was ever used."""
        return []

    async def close(self) -> None:
        """Nothing is open."""
