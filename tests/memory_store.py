"""The store in a dict; ``tests/services/test_store_contract.py`` checks it as the real one."""

from collections import Counter
from collections.abc import Mapping, Sequence

from serve_app.analysis_record import AnalysisRecord
from serve_app.errors import StoreUnavailable


class MemoryStore:
    """Records in the order of their first save.

    Attributes:
        records: by digest.
        characters: lengths of the texts, by digest.
        uses: how often each was seen, by digest.
        pages: the limit and offset of each call of :meth:`most_used`.
        up: False raises StoreUnavailable where Postgres would.
    """

    queued = 0
    dropped = 0

    def __init__(self) -> None:
        self.records: dict[str, AnalysisRecord] = {}
        self.characters: dict[str, int | None] = {}
        self.uses: Counter[str] = Counter()
        self.pages: list[tuple[int, int]] = []
        self.up = True

    def save(self, record: AnalysisRecord, *, characters: int | None = None) -> None:
        bytes.fromhex(record.digest)
        older = self.records.get(record.digest)
        self.records[record.digest] = record.over(older) if older else record
        self.characters[record.digest] = characters
        self.uses[record.digest] += 1

    def forget(self, digests: Sequence[str]) -> None:
        """Nothing waits."""

    async def find(self, digest: str) -> AnalysisRecord | None:
        self._require_up()
        return self.records.get(digest)

    async def count_uses(self, uses: Mapping[str, int]) -> None:
        self._require_up()
        self.uses.update({digest: n for digest, n in uses.items() if digest in self.records})

    async def most_used(
        self, versions: Mapping[str, str], *, limit: int, offset: int
    ) -> list[AnalysisRecord]:
        self._require_up()
        self.pages.append((limit, offset))
        page = [self.records[key] for key, _ in self.uses.most_common()[offset : offset + limit]]
        current = (
            AnalysisRecord(record.digest, record.preamble, record.current(versions, versions))
            for record in page
        )
        return [record for record in current if record.sections]

    async def close(self) -> None:
        pass

    def _require_up(self) -> None:
        if not self.up:
            raise StoreUnavailable("Postgres is down.")
