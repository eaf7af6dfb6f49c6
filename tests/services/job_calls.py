"""Jobs over the API, as the tests of jobs send and await them."""

import asyncio
from typing import Any

import httpx
import orjson

TEXT = "Proud of our team in Berlin. Reference {number}."


def posts(count: int, *, start: int = 0) -> list[dict[str, Any]]:
    """Posts with texts of their own and ids that tell their places."""
    numbers = range(start, start + count)
    return [{"id": str(number), "text": TEXT.format(number=number)} for number in numbers]


async def send(client: httpx.AsyncClient, **body: Any) -> dict[str, Any]:
    """A job that is taken in."""
    key = body.pop("api_key", None)
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    response = await client.post("/v1/jobs", json=body, headers=headers)
    assert response.status_code == 202, response.text
    job: dict[str, Any] = response.json()
    assert response.headers["location"] == f"/v1/jobs/{job['id']}"
    return job


async def read(client: httpx.AsyncClient, job: dict[str, Any]) -> dict[str, Any]:
    """The job as it is now."""
    response = await client.get(f"/v1/jobs/{job['id']}")
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def ended(
    client: httpx.AsyncClient, job: dict[str, Any], *, timeout_s: float = 30
) -> dict[str, Any]:
    """The job once it has ended."""
    async with asyncio.timeout(timeout_s):
        while not (now := await read(client, job))["ended_at"]:  # noqa: ASYNC110 - only asking tells
            await asyncio.sleep(0.05)
    return now


async def results(
    client: httpx.AsyncClient, job: dict[str, Any], first: int = 0
) -> list[dict[str, Any]]:
    """The lines of its results from a post on."""
    response = await client.get(f"/v1/jobs/{job['id']}/results", params={"from": first})
    assert response.status_code == 200, response.text
    return [orjson.loads(line) for line in response.text.splitlines()]
