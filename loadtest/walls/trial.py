"""The wall tried: rounds of requests, in each of which one workspace is silent and watched."""

import asyncio
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx

from loadtest.walls import rows
from loadtest.walls.clients import SHARED, WorkspaceClient, shared_text
from loadtest.walls.leaks import LeakDetector
from loadtest.walls.operations import operations
from loadtest.walls.requests import RequestGenerator, WallRequest
from loadtest.walls.tally import WallTally
from loadtest.walls.values import POSTS
from tests.services.kept_posts import KeptPosts

_AT_ONCE = 6
_EVENTS = "/v1/alerts/events"
_ROUND = 1_000
#: Posts that a workspace is given before a round; with more than so many it begins anew.
_FEW, _MANY = 12, 400
_ID = re.compile(r'"id":"([^"\\]{8,200})"')
_DIGEST = re.compile(r'"digest":"([0-9a-f]{64})"')
_CURSOR = re.compile(r'"next_cursor":"([^"\\]+)"')
_SETTLING_S = 60.0
#: Ids, cursors and digests of each kind that a client knows, the newest.
_REMEMBERED = 300


class WallTrial:
    """Sends requests of some workspaces to one API, and watches what they are answered.

    Attributes:
        tally: what became of the requests.
        operations: of the API.
        clients: one for each workspace.
    """

    def __init__(
        self,
        kept: KeptPosts,
        connection: rows.Connection,
        clients: Sequence[WorkspaceClient],
        document: Mapping[str, Any],
        rng: random.Random,
    ) -> None:
        """Nothing is sent yet.

        Args:
            kept: a replica, whose keys are those of ``clients``.
            connection: to its database, as the owner of the tables.
            clients: one for each workspace.
            document: the API's OpenAPI document.
            rng: decides everything.
        """
        self.tally = WallTally()
        self.operations = operations(document)
        self._client = kept.client
        self._rooms = kept.rooms
        self._connection = connection
        self.clients = clients
        self._rng = rng
        self._detector = LeakDetector(clients)
        self._generator = RequestGenerator(rng, document, self.operations, clients)

    async def run(self, requests: int) -> None:
        """Send so many generated requests.

        What goes on by time alone is stopped: it changes rows of a silent workspace too.
        """
        await self._rooms.evaluator.close()
        await self._rooms.delivery.close()
        left = requests
        number = 0
        while left:
            count = min(left, _ROUND)
            await self._round(self.clients[number % len(self.clients)], count)
            left -= count
            number += 1

    async def try_tables(self) -> list[rows.TableWall]:
        """The wall in Postgres itself, between two workspaces that have posts."""
        own, other, *_ = self.clients
        for client in (own, other):
            await self._write_posts(client)
        ids = [await rows.workspace_id(self._connection, c.workspace) for c in (own, other)]
        assert None not in ids  # they have just written
        return await rows.try_tables(self._connection, *[id for id in ids if id])

    async def _round(self, victim: WorkspaceClient, requests: int) -> None:
        for client in self.clients:
            await self._fill(client)
        workspace = await rows.workspace_id(self._connection, victim.workspace)
        assert workspace is not None  # it has just written
        before = await self._settled(workspace)
        todo = iter(range(requests))
        async with asyncio.TaskGroup() as tasks:
            for _ in range(_AT_ONCE):
                tasks.create_task(self._send(todo, victim))
        after = await rows.fingerprint(self._connection, workspace)
        self.tally.checks += 1
        self.tally.changes += [
            f"{table} of {victim.workspace}" for table in before if before[table] != after[table]
        ]

    async def _send(self, todo: Iterator[int], victim: WorkspaceClient) -> None:
        for _ in todo:
            await self._judge(self._generator.next(victim))

    async def _judge(self, request: WallRequest) -> None:
        """Send a request, see what its answer gives away, and learn from it."""
        actor, operation = request.sides.actor, request.operation
        try:
            response = await self._client.request(
                operation.method, request.url, headers=request.headers, content=request.body
            )
        except AssertionError:  # of httpx: an export whose workspace was deleted has no end
            self.tally.broken_off += 1
            return
        self.tally.add(request, response, self._detector.judge(request, response))
        if response.is_success and request.has_key:
            if operation.name == "deleteWorkspace":
                actor.forget()
            self._learn(actor, operation.collection, response)
            self._learn_page(request, response)

    async def _settled(self, workspace: int) -> dict[str, str]:
        """The rows of a workspace once its own requests have had all their effects.

        Raises:
            TimeoutError: something beside the requests does not come to an end.
        """
        async with asyncio.timeout(_SETTLING_S):
            before: dict[str, str] = {}
            while True:
                await self._rooms.evaluator.run_once()
                await self._rooms.folding.fold()
                await self._rooms.folding.settle()
                await self._rooms.quotas.metering.write()
                after = await rows.fingerprint(self._connection, workspace)
                if before == after and not await rows.waiting(self._connection, workspace):
                    return after
                before = after
                await asyncio.sleep(0.05)

    async def _fill(self, client: WorkspaceClient) -> None:
        """See to it that a workspace has posts, some of them revised, and not too many."""
        count = (await self._client.get("/v1/workspace", headers=client.headers)).json()["posts"]
        if count > _MANY:
            await self._client.delete("/v1/workspace", headers=client.headers)
            client.forget()
        await self._write_posts(client)
        for request in self._generator.create(client):
            await self._judge(request)
        workspace = await rows.workspace_id(self._connection, client.workspace)
        if workspace and (event := await rows.raise_alarm(self._connection, workspace)):
            client.ids[_EVENTS].append(event)
            self._detector.owners[event] = client

    async def _write_posts(self, client: WorkspaceClient) -> None:
        posts = [self._post(client) for _ in range(_FEW)]
        created = await self._write(client, "POST", POSTS, {"posts": posts})
        for post in created["items"][::2]:  # each with an earlier text
            path = f"{POSTS}/{post['post']['id']}"
            await self._write(client, "PATCH", path, {"text": self._rng.choice(client.texts)})
        key = f"shared-{self._rng.randrange(SHARED)}"
        await self._write(client, "POST", POSTS, {"text": shared_text(0)}, {"Idempotency-Key": key})

    async def _write(
        self,
        client: WorkspaceClient,
        method: str,
        path: str,
        body: object,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        response = await self._client.request(
            method, path, json=body, headers={**client.headers, **(headers or {})}
        )
        self._learn(client, POSTS, response)
        return response.json()

    def _post(self, client: WorkspaceClient) -> dict[str, Any]:
        return {
            "text": self._rng.choice(client.texts),
            "author": client.author(self._rng),
            "external_id": f"shared-{self._rng.randrange(SHARED)}",
            "url": f"https://{client.name}.example/{client.secret}",
            "tags": [client.name, client.secret],
            "metadata": {client.secret: client.name},
        }

    def _learn(self, client: WorkspaceClient, collection: str, response: httpx.Response) -> None:
        """Note what an answer tells its own workspace, for others to ask for."""
        for id in _ID.findall(response.text):
            if self._detector.owners.setdefault(id, client) is client:
                client.ids[collection].append(id)
        client.digests += _DIGEST.findall(response.text)
        for values in (client.digests, client.ids[collection]):
            del values[:-_REMEMBERED]

    def _learn_page(self, request: WallRequest, response: httpx.Response) -> None:
        """Note the next page of a list."""
        for cursor in _CURSOR.findall(response.text):
            pages = request.sides.actor.pages[request.operation.path]
            pages.append(str(httpx.URL(request.url).copy_set_param("cursor", cursor)))
            del pages[:-_REMEMBERED]
