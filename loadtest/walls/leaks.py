"""What an answer holds of another workspace than the one that asked.

Knows the clients' words and ids; not how requests are made.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import httpx

from loadtest.walls.clients import WorkspaceClient
from loadtest.walls.requests import WallRequest
from loadtest.walls.values import UUID

#: Who has the digest of a text may read what is cached of it: docs/posts.md, "Workspaces".
_BY_DIGEST = "findAnalysis"
_STORING = frozenset({"POST", "PUT", "PATCH"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong with an answer.

    Attributes:
        leaks: in words; empty where nothing of others is in it.
        named: whether the request is for what has an id of another workspace.
        by_digest: whether it is a cached analysis of another's text, asked for by its digest.
    """

    leaks: tuple[str, ...] = ()
    named: bool = False
    by_digest: bool = False


@dataclass
class LeakDetector:
    """Knows whose each id is."""

    clients: Sequence[WorkspaceClient]
    owners: dict[str, WorkspaceClient] = field(default_factory=dict)

    def judge(self, request: WallRequest, response: httpx.Response) -> Verdict:
        """What the answer gives away."""
        actor, sent = request.sides.actor, request.sent
        answer = _words(response)
        named = self._ids_of_others(request.named, actor)
        told = self._ids_of_others(answer, actor) - self._ids_of_others(sent, actor)
        leaks = [f"the id {id}" for id in told]
        secrets = [
            word
            for other in self.clients
            if other is not actor
            for word in _given_away(request, answer, other)
        ]
        if named and response.is_success:
            leaks.append("success with another's id")
        if not request.has_key and request.operation.needs_key and response.status_code != 401:
            leaks.append(f"{response.status_code} without a key")
        if request.operation.name == _BY_DIGEST and secrets:
            return Verdict(tuple(leaks), bool(named), by_digest=True)
        return Verdict((*leaks, *secrets), bool(named))

    def _ids_of_others(self, text: str, actor: WorkspaceClient) -> set[str]:
        owners = {id: self.owners.get(id) for id in UUID.findall(text)}
        return {id for id, owner in owners.items() if owner not in (None, actor)}


def _words(response: httpx.Response) -> str:
    """Headers and body, in small letters."""
    headers = " ".join(f"{name}: {value}" for name, value in response.headers.items())
    return f"{headers} {response.text}".lower()


def _given_away(request: WallRequest, answer: str, other: WorkspaceClient) -> Iterator[str]:
    """What an answer tells of another workspace, and its own has neither sent nor stored."""
    actor, sent = request.sides.actor, request.sent
    if request.operation.method in _STORING and other.name in sent:
        actor.stored_names.add(other.name)
    if other.secret in answer:
        yield f"a text of {other.workspace}"
    if other.name in answer and other.name not in sent and other.name not in actor.stored_names:
        yield f"a name of {other.workspace}"
    if other.workspace in answer:
        yield f"the workspace {other.workspace}"
