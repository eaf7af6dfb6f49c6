"""Server-Timing of POST /v1/analyze, as a browser reads it."""

import asyncio

import httpx

from deployments.calls import BatchLimits, DocumentBatch
from deployments.driver import Fanout, gather, stages
from deployments.fair_queue import Caller
from deployments.text.document import Document
from deployments.wire import EncodedSection
from serve_app.api.application import build_api
from tests.services.asgi_client import POST, client_of
from tests.services.rule_service import RuleService


def times(response: httpx.Response) -> dict[str, float]:
    entries = response.headers["server-timing"].split(", ")
    return {name: float(time) for name, time in (entry.split(";dur=") for entry in entries)}


async def test_what_is_computed_has_its_stages_and_what_is_cached_no_header() -> None:
    service = RuleService()
    service.pause_s = 0.05
    async with client_of(build_api(service)) as client:
        first = times(await client.post("/v1/analyze", json={"text": POST}))
        again = await client.post("/v1/analyze", json={"text": POST})
    assert set(first) == {"queue", "heads", "total"}
    assert 50 <= first["heads"] <= first["total"]
    assert "server-timing" not in again.headers


async def test_the_encoder_is_a_stage_of_what_reads_with_it() -> None:
    async def read(batch: DocumentBatch) -> object:
        await asyncio.sleep(0.03)
        return None

    async def call(batch: DocumentBatch) -> list[EncodedSection]:
        await asyncio.sleep(0.01)
        return [EncodedSection("ok", "v1", b"{}") for _ in batch.documents]

    fanout = Fanout({"tone": call}, BatchLimits(), read=read, readers=("tone",))
    submissions = fanout.submit(Document.read(POST), ["tone"], Caller())
    await gather(submissions, 5)
    passed = stages(submissions.values())
    assert set(passed) == {"queue", "encoder", "heads"}
    assert passed["encoder"] >= 0.03
    assert passed["heads"] >= 0.01
