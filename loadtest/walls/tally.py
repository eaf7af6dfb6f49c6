"""What was counted while the wall was tried."""

from collections import Counter
from dataclasses import dataclass, field

import httpx

from loadtest.walls.leaks import Verdict
from loadtest.walls.requests import WallRequest

_MOST_EXAMPLES = 20


@dataclass
class WallTally:
    """Counts of requests.

    Attributes:
        requests, across, successes: by operation; ``across`` are those that reach for another
            workspace.
        named: that named another's id, by status.
        statuses: of all.
        by_digest: cached analyses of others' texts that were read by the digest of the text.
        leaks: the first ones, in words.
        leak_count: answers with something of another workspace.
        failures: answers 500, the first ones in words.
        broken_off: answers without an end, of which nothing else is counted or judged.
        checks: times that the rows of a workspace were compared after others' requests.
        changes: tables in which they differed.
    """

    requests: Counter[str] = field(default_factory=Counter)
    across: Counter[str] = field(default_factory=Counter)
    successes: Counter[str] = field(default_factory=Counter)
    named: Counter[int] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    by_digest: int = 0
    leaks: list[str] = field(default_factory=list)
    leak_count: int = 0
    failures: list[str] = field(default_factory=list)
    broken_off: int = 0
    checks: int = 0
    changes: list[str] = field(default_factory=list)

    def add(self, request: WallRequest, response: httpx.Response, verdict: Verdict) -> None:
        """Count one request."""
        name = request.operation.name
        self.requests[name] += 1
        self.across[name] += request.sides.is_across
        self.successes[name] += response.is_success
        self.statuses[response.status_code] += 1
        self.by_digest += verdict.by_digest
        if verdict.named:
            self.named[response.status_code] += 1
        told = f"{request.operation.method} {request.url[:120]}: {response.status_code}"
        if verdict.leaks:
            self.leak_count += 1
            self._note(self.leaks, f"{told}: {', '.join(verdict.leaks)[:200]}")
        if response.status_code == httpx.codes.INTERNAL_SERVER_ERROR:
            self._note(self.failures, f"{told} {(request.body or b'')[:200]!r}")

    def _note(self, notes: list[str], note: str) -> None:
        if len(notes) < _MOST_EXAMPLES:
            notes.append(note)

    @property
    def holds(self) -> bool:
        """Whether nothing passed, changed or failed."""
        return not (self.leak_count or self.changes or self.failures)
