"""What one caller can take from the others: nothing but its own share.

The work is counted, not timed: the analyses are plain rules behind a gate.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from deployments.results import ANALYSES, Status
from serve_app.api.application import build_api
from serve_app.errors import ServiceOverloaded
from serve_app.problems import Problem
from serve_app.request.post import PostRequest
from serve_app.settings import DriverSettings
from tests.services.asgi_client import client_of, problem
from tests.services.rule_service import RuleService

#: As on one small machine, with batches of at most one long post.
SMALL = DriverSettings(batches_in_flight=1, batch_characters=8_000)


def long_posts(count: int, timeout_ms: int | None = None) -> list[PostRequest]:
    texts = (f"Number {number}. " + "We are proud of this team. " * 700 for number in range(count))
    return [PostRequest(text[:15_000], timeout_ms=timeout_ms) for text in texts]


def numbers(texts: Sequence[str]) -> list[str]:
    return [text.split(".")[0] for text in texts]


async def until(service: RuleService, texts: int) -> None:
    """Wait until every analysis was sent so many texts."""
    for _ in range(2_000):
        if min(map(len, service.read.values())) >= texts:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"the analyses were not sent {texts} texts")


async def test_a_short_post_is_read_beside_a_huge_batch_and_not_behind_it() -> None:
    service = RuleService(SMALL)
    service.gate.clear()
    huge = asyncio.create_task(service.analyze_many(long_posts(60)))
    await until(service, 1)
    short = asyncio.create_task(service.analyze(PostRequest("We won the prize.")))
    await until(service, 2)
    assert [texts[-1] for texts in service.read.values()] == ["We won the prize."] * 5
    assert {len(texts) for texts in service.read.values()} == {2}
    service.gate.set()
    assert json.loads(await short)["tone"]["status"] == "ok"
    assert len(await huge) == 60


async def test_two_batches_take_turns() -> None:
    service = RuleService(SMALL)
    service.gate.clear()
    first = asyncio.create_task(service.analyze_many(long_posts(30)))
    await until(service, 1)
    others = [PostRequest(f"Other {post.text}") for post in long_posts(3)]
    second = asyncio.create_task(service.analyze_many(others))
    await asyncio.sleep(0.3)
    service.gate.set()
    await second
    # The second one's three are read when the first one's thirty have hardly begun.
    assert max(len(texts) for texts in service.read.values()) < 15
    await first


async def test_hanging_up_ends_the_work_that_has_not_begun() -> None:
    service = RuleService(SMALL)
    service.gate.clear()
    huge = asyncio.create_task(service.analyze_many(long_posts(60)))
    await until(service, 1)
    huge.cancel()
    await asyncio.wait([huge])
    service.gate.set()
    answer = json.loads(await service.analyze(PostRequest("We won the prize.")))
    assert answer["tone"]["status"] == "ok"
    assert {len(texts) for texts in service.read.values()} == {2}


async def test_a_batch_beyond_its_deadline_has_done_what_it_could_and_no_more() -> None:
    service = RuleService(SMALL)
    posts = long_posts(40, timeout_ms=2_000)
    service.pause_s = 0.2
    answers = await service.analyze_many(posts)
    begun = [json.loads(answer) for answer in answers if isinstance(answer, bytes)]
    late = [answer for answer in answers if isinstance(answer, Problem)]
    statuses = [answer["tone"]["status"] for answer in begun]
    assert statuses[0] == "ok"
    assert statuses == sorted(statuses)  # ok before timeout: in the order of the posts
    assert {answer.type.slug for answer in late} == {"deadline-passed"}
    assert len(late) > 20
    await asyncio.sleep(0.3)
    read = service.read["tone"]
    assert len(read) <= len(begun)
    assert numbers(read) == [f"Number {index}" for index in range(len(read))]


async def test_a_post_alone_is_answered_however_short_its_deadline() -> None:
    service = RuleService(SMALL)
    service.gate.clear()
    [post] = long_posts(1, timeout_ms=1)
    answer = json.loads(await service.analyze(post))
    assert {answer[name]["status"] for name in ANALYSES} == {"timeout"}
    service.gate.set()


async def test_what_was_left_can_be_asked_for_again_at_once() -> None:
    service = RuleService(SMALL)
    service.gate.clear()
    held = asyncio.create_task(service.analyze(PostRequest("It holds the analyses up.")))
    await until(service, 1)
    left = json.loads(await service.analyze(PostRequest("We won.", timeout_ms=1)))
    assert left["tone"]["status"] == "timeout"
    again = asyncio.create_task(service.analyze(PostRequest("We won.")))
    await asyncio.sleep(0)
    service.gate.set()
    assert json.loads(await again)["tone"]["status"] == "ok"
    await held


async def test_beyond_what_may_wait_new_text_is_refused_and_ready_answers_are_not() -> None:
    settings = SMALL.model_copy(update={"waiting_characters": 1_000})
    service = RuleService(settings)
    for _ in range(2):
        await service.analyze(PostRequest("Ready."))
        await asyncio.sleep(0.01)
    service.gate.clear()
    waiting = asyncio.create_task(service.analyze(PostRequest("We won. " * 100)))
    await until(service, 2)
    with pytest.raises(ServiceOverloaded) as refusal:
        await service.analyze(PostRequest("We lost. " * 100))
    assert 1 <= refusal.value.retry_after_s <= 60
    assert json.loads(await service.analyze(PostRequest("Ready.")))["cache"] == "hit"
    huge = asyncio.create_task(service.analyze_many(long_posts(3)))  # counted apart
    service.gate.set()
    assert len(await huge) == 3
    await waiting
    assert json.loads(await service.analyze(PostRequest("We lost. " * 100)))["cache"] == "miss"


async def test_one_batch_is_taken_on_whatever_its_size_and_a_second_one_is_not() -> None:
    service = RuleService(SMALL.model_copy(update={"waiting_bulk_characters": 20_000}))
    service.gate.clear()
    huge = asyncio.create_task(service.analyze_many(long_posts(5)))
    await until(service, 1)
    with pytest.raises(ServiceOverloaded):
        await service.analyze_many([PostRequest(f"Other {p.text}") for p in long_posts(2)])
    short = asyncio.create_task(service.analyze(PostRequest("We won.")))
    service.gate.set()
    assert json.loads(await short)["tone"]["status"] == "ok"
    assert len(await huge) == 5


READERS = tuple(name for name in ANALYSES if name != "readability")
LENIENT = {"Prefer": "respond-async, Handling=Lenient"}


def reading_service() -> RuleService:
    """A service that takes 1,000 characters, and whose encoder hangs."""
    settings = SMALL.model_copy(update={"waiting_characters": 1_000})
    service = RuleService(settings, readers=READERS)
    service.encoder_gate.clear()
    return service


@asynccontextmanager
async def full(service: RuleService) -> AsyncIterator[None]:
    """As much waits for the encoder as may; at the end it does no longer."""
    waiting = asyncio.create_task(service.analyze(PostRequest("We won. " * 125)))
    await asyncio.sleep(0.01)
    assert service.lanes["interactive"].waiting_characters == 1_000
    yield
    service.encoder_gate.set()
    await waiting


async def test_what_needs_no_encoder_is_answered_while_others_wait_for_it() -> None:
    service = reading_service()
    async with full(service), client_of(build_api(service)) as client:
        asked = {"text": "We lost the prize.", "analyses": ["readability"]}
        assert (await client.post("/v1/analyze", json=asked)).status_code == 200
        problem(await client.post("/v1/analyze", json={"text": "We lost."}), "overloaded")


async def test_who_is_lenient_is_answered_in_part_and_told_when_to_ask_for_the_rest() -> None:
    service = reading_service()
    body = {"text": "We lost the prize."}
    async with client_of(build_api(service)) as client:
        async with full(service):
            answer = await client.post("/v1/analyze", json=body, headers=LENIENT)
            again = await client.post("/v1/analyze", json=body, headers=LENIENT)
        whole = await client.post("/v1/analyze", json=body, headers=LENIENT)
    for part, cache in ((answer, "miss"), (again, "partial")):
        assert part.status_code == 200
        assert part.headers["Preference-Applied"] == "handling=lenient"
        assert 1 <= int(part.headers["Retry-After"]) <= 60
        assert part.json()["cache"] == cache
        statuses = {name: part.json()[name]["status"] for name in ANALYSES}
        assert statuses == dict.fromkeys(READERS, "shed") | {"readability": "ok"}
        assert part.json()["tone"]["detail"].startswith("tone reads with the encoder.")
    assert {whole.json()[name]["status"] for name in ANALYSES} == {"ok"}
    assert not {"retry-after", "preference-applied"} & set(whole.headers)


@pytest.mark.parametrize(
    ("headers", "analyses"),
    [({}, None), ({"Prefer": "handling=strict"}, None), (LENIENT, ["tone"])],
    ids=["nobody-said", "strict", "nothing-left"],
)
async def test_else_it_is_a_503(headers: dict[str, str], analyses: list[str] | None) -> None:
    service = reading_service()
    body = {"text": "We lost.", **({"analyses": analyses} if analyses else {})}
    async with full(service), client_of(build_api(service)) as client:
        problem(await client.post("/v1/analyze", json=body, headers=headers), "overloaded")


async def test_what_needs_no_encoder_is_bounded_too() -> None:
    service = reading_service()
    async with full(service), client_of(build_api(service)) as client:
        service.gate.clear()
        text = "We won again. " * 70
        light = PostRequest(text, analyses=("readability",))
        held = asyncio.create_task(service.analyze(light))
        await asyncio.sleep(0.01)
        assert service.lanes["light"].waiting_characters == len(text)
        body = {"text": "We lost the prize. " * 5}
        problem(await client.post("/v1/analyze", json=body, headers=LENIENT), "overloaded")
        service.gate.set()
        await held


async def test_a_text_of_a_batch_that_is_answered_waits_no_more() -> None:
    service = RuleService(SMALL)
    posts = long_posts(6)
    lane = service.lanes["bulk"]
    with service.take_on(posts) as turns:
        assert (lane.waiting_texts, lane.waiting_characters) == (6, 90_000)
        await service.analyze_in_turn(posts[:2], turns)
        assert (lane.waiting_texts, lane.waiting_characters) == (4, 60_000)
        await asyncio.sleep(0.01)
        await service.analyze_in_turn(posts[:1], turns)  # from the cache
        assert (lane.waiting_texts, lane.waiting_characters) == (3, 45_000)
    assert (lane.waiting_texts, lane.waiting_characters) == (0, 0)


@pytest.mark.parametrize(
    ("statuses", "done"),
    [
        ({}, 18),
        ({"entities": Status.FAILED}, 18),
        (dict.fromkeys(READERS, Status.FAILED), 0),
        ({"readability": Status.TIMEOUT}, 18),
    ],
)
async def test_only_what_was_read_counts_as_done(statuses: dict[str, Status], done: int) -> None:
    service = RuleService(SMALL, readers=READERS)
    service.statuses = statuses
    await service.analyze(PostRequest("We lost the prize."))
    assert service.lanes["interactive"]._rate._done == done


async def test_who_comes_back_when_he_was_told_is_taken_on() -> None:
    service = reading_service()
    body = {"text": "We lost the prize."}
    async with client_of(build_api(service)) as client:
        async with full(service):
            refusal = await client.post("/v1/analyze", json=body)
            problem(refusal, "overloaded")
        await asyncio.sleep(int(refusal.headers["Retry-After"]))
        assert (await client.post("/v1/analyze", json=body)).json()["cache"] == "miss"


LINES = {"Accept": "application/x-ndjson"}


@pytest.mark.parametrize(
    ("path", "headers"),
    [("/v1/analyze", {}), ("/v1/analyze/batch", {}), ("/v1/analyze/batch", LINES)],
)
async def test_over_http_it_is_a_503_with_the_seconds_to_wait(
    path: str, headers: dict[str, str]
) -> None:
    service = RuleService(SMALL.model_copy(update={"waiting_characters": 100}))
    post = {"text": "We lost the prize. " * 20}
    body = post if path == "/v1/analyze" else {"posts": [post]}
    async with client_of(build_api(service)) as client:
        with service.take_on([PostRequest("We won the prize.")]):
            refusal = await client.post(path, json=body, headers=headers)
        problem(refusal, "overloaded")
        assert 1 <= int(refusal.headers["Retry-After"]) <= 60
        assert (await client.post(path, json=body, headers=headers)).status_code == 200


async def test_a_post_whose_turn_did_not_come_has_a_problem_in_its_place() -> None:
    service = RuleService(SMALL)
    service.gate.clear()
    posts = [{"text": post.text, "id": str(n)} for n, post in enumerate(long_posts(20))]
    body = {"posts": posts, "timeout_ms": 50, "analyses": ["tone"]}
    async with client_of(build_api(service)) as client:
        items = (await client.post("/v1/analyze/batch", json=body)).json()["items"]
    assert [item["id"] for item in items] == [str(n) for n in range(20)]
    assert items[0]["result"]["tone"]["status"] == "timeout"
    assert items[-1]["error"]["type"] == "/problems/deadline-passed"
    assert items[-1]["error"]["request_id"]
    service.gate.set()


async def test_the_time_of_a_line_runs_from_its_turn() -> None:
    service = RuleService(SMALL)
    service.gate.clear()
    *first, last = (
        PostRequest(post.text, timeout_ms=ms)
        for post, ms in zip(long_posts(3), (1_200, 1_200, 1_000), strict=True)
    )
    with service.take_on([*first, last]) as turns:
        before = [asyncio.create_task(service.analyze_in_turn([post], turns)) for post in first]
        await asyncio.sleep(0)
        waiting = asyncio.create_task(service.analyze_in_turn([last], turns))
        await asyncio.wait(before)
        service.gate.set()
        [answer] = await waiting
    assert isinstance(answer, bytes)
    assert json.loads(answer)["readability"]["status"] == "ok"
