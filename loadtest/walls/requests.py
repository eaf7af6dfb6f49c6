"""Requests of one workspace that name what is another's, or its own, or nobody's."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote_plus, urlencode

import orjson

from loadtest.walls.clients import WorkspaceClient, shared_text
from loadtest.walls.operations import ApiOperation, RequestParameter
from loadtest.walls.values import Sides, ValueGenerator

#: Of the requests: whose ids and names they use.
_ACROSS, _OWN = 0.6, 0.3
#: Without a key, or with one that is none.
_WITHOUT_KEY = 0.01
#: An operation that deletes without naming what would leave nothing to protect.
_RARELY = 0.2
#: Optional parameters of a request on average, and those without which some routes tell little.
_OPTIONAL = 2.0
_OFTEN = {"q": 0.3, "with": 0.3, "measure": 0.9}
#: Where a list has been asked for: how often its next page is.
_PAGES = 0.3
#: Headers whose values no schema tells.
_HEADERS = {"If-Match": ('"1"', '"2"', "*"), "Prefer": ("respond-async",)}


@dataclass(frozen=True, slots=True)
class WallRequest:
    """A request as it is sent.

    Attributes:
        operation: which.
        sides: who sends it, and whose things it names.
        url: path and query.
        headers: the key among them, if any.
        body: encoded.
        has_key: whether it carries a key of the service.
    """

    operation: ApiOperation
    sides: Sides
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    has_key: bool = True

    @property
    def sent(self) -> str:
        """All that it says, in small letters."""
        headers = " ".join(f"{name}: {value}" for name, value in self.headers.items())
        return f"{unquote_plus(self.url)} {headers} {(self.body or b'').decode()}".lower()

    @property
    def named(self) -> str:
        """What it says of what it is for: the path and the body, no filter."""
        return f"{self.url.partition('?')[0]} {(self.body or b'').decode()}".lower()


class RequestGenerator:
    """An endless, seeded supply of requests over all operations of a document."""

    def __init__(
        self,
        rng: random.Random,
        document: Mapping[str, Any],
        operations: Sequence[ApiOperation],
        clients: Sequence[WorkspaceClient],
    ) -> None:
        self._rng = rng
        self._operations = operations
        self._weights = [_weight(operation) for operation in operations]
        self._clients = clients
        self._values = ValueGenerator(rng, document)

    def next(self, victim: WorkspaceClient) -> WallRequest:
        """A request of any workspace but ``victim``, most often for what is the victim's."""
        [operation] = self._rng.choices(self._operations, self._weights)
        actor = self._rng.choice([client for client in self._clients if client is not victim])
        return self._request(operation, Sides(actor, self._other(actor, victim)))

    def create(self, actor: WorkspaceClient) -> list[WallRequest]:
        """A request for each kind of thing that a workspace can have, its own alone."""
        return [
            self._request(operation, Sides(actor, actor))
            for operation in self._operations
            if operation.method == "POST" and operation.path == operation.collection
        ]

    def _other(self, actor: WorkspaceClient, victim: WorkspaceClient) -> WorkspaceClient | None:
        number = self._rng.random()
        if number < _ACROSS:
            others = [client for client in self._clients if client is not actor]
            return victim if self._rng.random() < 0.6 else self._rng.choice(others)
        return actor if number < _ACROSS + _OWN else None

    def _request(self, operation: ApiOperation, sides: Sides) -> WallRequest:
        path, query, headers = operation.path, [], dict(sides.actor.headers)
        has_key = self._rng.random() >= _WITHOUT_KEY
        if not has_key:
            headers = self._rng.choice(({}, {"Authorization": "Bearer none"}))
        for parameter in operation.parameters:
            if parameter.where == "path":
                collection = operation.collection_of(parameter)
                value = self._values.named(parameter.name, collection, parameter.schema, sides)
                path = path.replace(f"{{{parameter.name}}}", quote(value, safe=""))
            elif parameter.required or self._rng.random() < _share(operation, parameter):
                value = self._parameter(parameter, sides)
                if parameter.where == "query":
                    query.append((parameter.name, value))
                else:
                    headers[parameter.name] = str(value)
        body, more = self._body(operation, sides, headers)
        url = f"{path}?{urlencode(query, doseq=True)}" if query else path
        pages = sides.other.pages[operation.path] if sides.other else []
        if pages and self._rng.random() < _PAGES:
            url = self._rng.choice(pages)
        return WallRequest(operation, sides, url, {**headers, **more}, body, has_key)

    def _parameter(self, parameter: RequestParameter, sides: Sides) -> Any:
        if parameter.name in _HEADERS:
            return self._rng.choice(_HEADERS[parameter.name])
        value = self._values.asked(parameter.name, parameter.schema, sides)
        return str(value).lower() if isinstance(value, bool) else value

    def _body(
        self, operation: ApiOperation, sides: Sides, headers: Mapping[str, str]
    ) -> tuple[bytes | None, dict[str, str]]:
        """The body, and the header that announces it."""
        if not operation.media_type:
            return None, {}
        announced = {"Content-Type": operation.media_type}
        if operation.media_type != "application/json":
            return self._rows(operation.media_type, sides.actor), announced
        key = headers.get("Idempotency-Key", "")
        if key and self._rng.random() < 0.5:  # the same request in all workspaces
            return orjson.dumps({"text": shared_text(int(key.rpartition("-")[2]))}), announced
        return orjson.dumps(self._values.written(operation.body, sides)), announced

    def _rows(self, media_type: str, actor: WorkspaceClient) -> bytes:
        """Some posts as rows of a file."""
        texts = self._rng.sample(actor.texts, 3)
        if "csv" in media_type:
            return "\n".join(["text", *(f'"{text}"' for text in texts)]).encode()
        return b"\n".join(orjson.dumps({"text": text}) for text in texts)


def _share(operation: ApiOperation, parameter: RequestParameter) -> float:
    """How often an optional parameter is sent."""
    return _OFTEN.get(parameter.name, min(0.3, _OPTIONAL / len(operation.parameters)))


def _weight(operation: ApiOperation) -> float:
    deletes_all = operation.method == "DELETE" and not operation.path.endswith("}")
    return _RARELY if deletes_all else 1.0
