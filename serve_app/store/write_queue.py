"""What waits to be written: bounded, in order, each text once.

Plain data without a loop or a lock: all calls come from one event loop. Knows no database.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from serve_app.analysis_record import AnalysisRecord


@dataclass(frozen=True, slots=True)
class PendingWrite:
    """One text to be written.

    Attributes:
        record: its sections.
        characters: length of the text in code points; None where it is not known.
        first_seen_at: when the first of its saves came.
        last_seen_at: when the last one came.
        seen_count: how many saves it stands for.
    """

    record: AnalysisRecord
    characters: int | None
    first_seen_at: datetime
    last_seen_at: datetime
    seen_count: int = 1

    def merge(self, later: "PendingWrite") -> "PendingWrite":
        """Both writes as one."""
        return PendingWrite(
            later.record.over(self.record),
            later.characters or self.characters,
            self.first_seen_at,
            later.last_seen_at,
            self.seen_count + later.seen_count,
        )


class WriteQueue:
    """Saved, not yet written.

    The batch being written stays apart until it is acknowledged, so that a text saved again
    meanwhile is written again, and texts are written in the order of their saving.

    Attributes:
        enqueued: how many writes ever entered.
        rejected: how many saves found no room.
    """

    def __init__(self, limit: int) -> None:
        """Empty.

        Args:
            limit: of texts, those being written included.
        """
        self._limit = limit
        self._pending: dict[str, PendingWrite] = {}
        self._batch: dict[str, PendingWrite] = {}
        self.enqueued = 0
        self.rejected = 0

    def __len__(self) -> int:
        return len(self._pending) + len(self._batch)

    @property
    def acknowledged(self) -> int:
        """How many writes have left, in the order in which they entered."""
        return self.enqueued - len(self)

    def put(self, write: PendingWrite) -> bool:
        """Queue a write; False where there is no room for it."""
        digest = write.record.digest
        if digest in self._pending:
            self._pending[digest] = self._pending[digest].merge(write)
            return True
        if len(self) >= self._limit:
            self.rejected += 1
            return False
        self._pending[digest] = write
        self.enqueued += 1
        return True

    def forget(self, digests: Iterable[str]) -> None:
        """Let what is pending of these texts go; what is being written is written."""
        for digest in digests:
            self._pending.pop(digest, None)

    def batch(self, size: int) -> list[PendingWrite]:
        """The batch to be written: the unacknowledged one, or the next ``size`` writes."""
        if not self._batch:
            self._batch = dict(islice(self._pending.items(), size))
            for digest in self._batch:
                del self._pending[digest]
        return list(self._batch.values())

    def acknowledge(self) -> None:
        """The batch needs no more writing."""
        self._batch = {}

    def find(self, digest: str) -> AnalysisRecord | None:
        """What waits or is being written of the text with this digest."""
        in_batch, pending = self._batch.get(digest), self._pending.get(digest)
        if in_batch and pending:
            return pending.record.over(in_batch.record)
        write = pending or in_batch
        return write.record if write else None
