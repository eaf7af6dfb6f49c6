"""What a replica counts by itself: callers without limits, and all while Redis is away."""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from serve_app.quotas.limits import Cost
from serve_app.quotas.usage_rows import NO_KEY, UsageName, UsageRow, save
from serve_app.store.database import Database


@dataclass(slots=True)
class _Sums:
    posts: int = 0
    characters: int = 0
    requests: int = 0

    def add(self, cost: Cost) -> None:
        self.posts += cost.posts
        self.characters += cost.characters
        self.requests += cost.requests


class LocalUsage:
    """Sums in memory, and the running totals that Postgres is given of them."""

    def __init__(self, database: Database, workspace_id: Callable[[str], Awaitable[int]]) -> None:
        """Nothing is counted yet.

        Args:
            database: where the totals are kept.
            workspace_id: the id of the workspace with a name.
        """
        self._database = database
        self._workspace_id = workspace_id
        self._epoch = uuid.uuid4()
        self._new: dict[tuple[str, UUID | None, int], _Sums] = {}
        self._totals: dict[UsageName, _Sums] = {}
        self._unsaved: set[UsageName] = set()

    def add(self, workspace: str, key: UUID | None, day: int, cost: Cost) -> None:
        """Count a request; asks nobody."""
        name = (workspace, key, day)
        sums = self._new.get(name)
        if sums is None:
            sums = self._new[name] = _Sums()
        sums.add(cost)

    def add_to(self, name: UsageName, cost: Cost) -> None:
        """Count a request of a workspace whose id is known."""
        self._totals.setdefault(name, _Sums()).add(cost)
        self._unsaved.add(name)

    async def save(self, today: int) -> None:
        """Write what is new; what cannot be written now is kept for the next time.

        Raises:
            StoreUnavailable: Postgres cannot be asked.
        """
        for workspace, key, day in list(self._new):
            id = await self._workspace_id(workspace)
            sums = self._new.pop((workspace, key, day))
            self.add_to(
                UsageName(id, key or NO_KEY, day),
                Cost(sums.posts, sums.characters, sums.requests),
            )
        names = list(self._unsaved)
        self._unsaved.clear()
        try:
            await save(self._database, [self._row(name) for name in names])
        except BaseException:
            self._unsaved.update(names)
            raise
        for name in [n for n in self._totals if n.day < today - 1 and n not in self._unsaved]:
            del self._totals[name]

    def _row(self, name: UsageName) -> UsageRow:
        sums = self._totals[name]
        return UsageRow(name, self._epoch, sums.posts, sums.characters, sums.requests)
