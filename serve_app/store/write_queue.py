"""What waits to be written: bounded, in order, each text once.

Plain data without a loop or a lock: all calls come from one event loop. Knows no database.
"""

from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from serve_app.analysis_record import AnalysisRecord


@dataclass(frozen=True, slots=True)
class Entry:
    """One text's row-to-be.

    Attributes:
        characters: length of the text in code points, where it was told.
        seen_count: how many saves it stands for.
    """

    record: AnalysisRecord
    characters: int | None
    first_seen_at: datetime
    last_seen_at: datetime
    seen_count: int = 1

    def then(self, later: "Entry") -> "Entry":
        """Both saves as one."""
        return Entry(
            later.record.over(self.record),
            later.characters or self.characters,
            self.first_seen_at,
            later.last_seen_at,
            self.seen_count + later.seen_count,
        )


class Backlog:
    """Saved, not yet written.

    The batch being written stays apart until it is settled, so that a text saved again
    meanwhile is written again, and the order of settling is the order of saving.

    Attributes:
        entered: how many entries were ever taken in.
        dropped: how many saves were refused because the limit was reached.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._waiting: dict[str, Entry] = {}
        self._batch: dict[str, Entry] = {}
        self.entered = 0
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._waiting) + len(self._batch)

    @property
    def settled(self) -> int:
        """How many entries have left, in the order in which they entered."""
        return self.entered - len(self)

    def add(self, entry: Entry) -> bool:
        """Take in an entry; False where there is no room for it."""
        digest = entry.record.digest
        if digest in self._waiting:
            self._waiting[digest] = self._waiting[digest].then(entry)
            return True
        if len(self) >= self._limit:
            self.dropped += 1
            return False
        self._waiting[digest] = entry
        self.entered += 1
        return True

    def batch(self, size: int) -> list[Entry]:
        """The batch to be written: the unsettled one, or the next ``size`` entries."""
        if not self._batch:
            self._batch = dict(islice(self._waiting.items(), size))
            for digest in self._batch:
                del self._waiting[digest]
        return list(self._batch.values())

    def settle(self) -> None:
        """The batch needs no more writing."""
        self._batch = {}

    def find(self, digest: str) -> AnalysisRecord | None:
        """What waits for this digest."""
        written, waiting = self._batch.get(digest), self._waiting.get(digest)
        if written and waiting:
            return waiting.record.over(written.record)
        entry = waiting or written
        return entry.record if entry else None
