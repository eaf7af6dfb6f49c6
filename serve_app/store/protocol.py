"""What every store promises; ``tests/services/test_store_contract.py`` checks it of each."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from serve_app.analysis_record import AnalysisRecord


class Store(Protocol):
    """Where analyses outlive the caches, by the digest of their text."""

    @property
    def up(self) -> bool:
        """Whether the last attempt to write went through; True before the first."""

    @property
    def queued(self) -> int:
        """Texts that wait to be written."""

    @property
    def dropped(self) -> int:
        """Saves that were lost."""

    def save(self, record: AnalysisRecord, *, characters: int | None = None) -> None:
        """Store the record, behind the answer; returns at once. To be called in the event loop.

        Args:
            record: what is known of the text; sections already stored stay.
            characters: length of the text in code points; None where it is not known.

        Raises:
            ValueError: the digest is not hexadecimal.
        """

    async def find(self, digest: str) -> AnalysisRecord | None:
        """The latest section of each analysis of a text; None where nothing is stored.

        Args:
            digest: 64 hex digits; None is the answer to anything else.

        Raises:
            StoreUnavailable: nobody can tell now.
        """

    def forget(self, digests: Sequence[str]) -> None:
        """Let what waits to be written of these texts go; what is stored stays."""

    async def count_uses(self, uses: Mapping[str, int]) -> None:
        """Add to how often texts were seen, by digest; those not stored are passed over.

        Raises:
            StoreUnavailable: nothing was counted.
        """

    async def most_used(
        self, versions: Mapping[str, str], *, limit: int, offset: int
    ) -> list[AnalysisRecord]:
        """A page of the texts most used, most used first.

        Args:
            versions: by analysis; sections of others are left out, and texts without any.
            limit: texts of the page, those left out included.
            offset: texts before the page, likewise.

        Raises:
            StoreUnavailable: nobody can tell now.
        """

    async def close(self) -> None:
        """Write what waits, then disconnect; a second call does nothing."""
