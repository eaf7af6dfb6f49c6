"""The batcher and the fan-out, with calls that are plain coroutines."""

import asyncio
from collections.abc import Sequence
from contextvars import ContextVar

import pytest

from deployments.driver import BatchLimits, Fanout, Overloaded, gather
from deployments.results import Language, Model, Section, Signals, Status
from deployments.text.document import Document
from deployments.wire import EncodedSection, encode

OK = encode(Section(Status.OK, Model("test", "v1"), 1.0))


def document(text: str) -> Document:
    return Document(text, text, Language("en", 1.0), Signals((), (), (), ()), (), ())


class Deployment:
    """A deployment that answers when it is let go, and remembers what it was called with."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.open = asyncio.Event()
        self.open.set()

    async def __call__(self, documents: Sequence[Document]) -> list[EncodedSection]:
        self.batches.append([document.text for document in documents])
        await self.open.wait()
        return [EncodedSection("ok", "v1", document.text.encode()) for document in documents]


def fanout(deployment: Deployment, **limits: float) -> Fanout:
    return Fanout({"sentiment": deployment}, BatchLimits(**limits))  # type: ignore[arg-type]


def submit(fan: Fanout, text: str) -> asyncio.Future[EncodedSection]:
    return fan.submit(document(text), ["sentiment"])["sentiment"]


async def test_a_lone_text_is_sent_at_once() -> None:
    deployment = Deployment()
    section = await submit(fanout(deployment), "a")
    assert deployment.batches == [["a"]]
    assert section.body == b"a"


async def test_texts_of_one_moment_leave_together_in_order() -> None:
    deployment = Deployment()
    fan = fanout(deployment)
    sections = await asyncio.gather(*[submit(fan, text) for text in "abcde"])
    assert deployment.batches == [list("abcde")]
    assert [section.body for section in sections] == [b"a", b"b", b"c", b"d", b"e"]


async def test_texts_that_come_while_calls_are_out_form_the_next_batch() -> None:
    deployment = Deployment()
    deployment.open.clear()
    fan = fanout(deployment, in_flight=1)
    first = submit(fan, "a")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    others = [submit(fan, text) for text in "bcd"]
    await asyncio.sleep(0.01)
    assert deployment.batches == [["a"]]
    deployment.open.set()
    await asyncio.gather(first, *others)
    assert deployment.batches == [["a"], ["b", "c", "d"]]


async def test_a_batch_closes_at_its_limit_of_characters_and_a_longer_text_goes_alone() -> None:
    deployment = Deployment()
    fan = fanout(deployment, characters=4)
    await asyncio.gather(*[submit(fan, text) for text in ["aa", "bb", "c", "dddddddd", "e"]])
    assert deployment.batches == [["aa", "bb"], ["c"], ["dddddddd"], ["e"]]


async def test_more_waiting_texts_than_allowed_are_shed_with_a_reason() -> None:
    deployment = Deployment()
    deployment.open.clear()
    fan = fanout(deployment, in_flight=1, queue_limit=2)
    first = submit(fan, "a")
    await asyncio.sleep(0.01)
    kept = [submit(fan, "b"), submit(fan, "c")]
    shed = await submit(fan, "d")
    assert shed.status == "shed"
    assert b"more work waiting" in shed.body
    deployment.open.set()
    assert {section.status for section in await asyncio.gather(first, *kept)} == {"ok"}


@pytest.mark.parametrize(
    ("error", "status"),
    [(Overloaded("full"), "shed"), (RuntimeError("replica died"), "failed")],
)
async def test_a_failed_call_fails_its_texts_and_no_later_ones(
    error: Exception, status: str
) -> None:
    calls = 0

    async def fails_once(documents: Sequence[Document]) -> list[EncodedSection]:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise error
        return [OK] * len(documents)

    fan = Fanout({"sentiment": fails_once}, BatchLimits())
    assert (await submit(fan, "a")).status == status
    assert (await submit(fan, "b")).status == "ok"


async def test_a_cancelled_call_fails_its_texts_and_holds_up_no_later_ones() -> None:
    calls = 0

    async def cancelled_twice(documents: Sequence[Document]) -> list[EncodedSection]:
        nonlocal calls
        calls += 1
        if calls <= 2:
            raise asyncio.CancelledError
        return [OK] * len(documents)

    fan = Fanout({"sentiment": cancelled_twice}, BatchLimits(in_flight=1))
    statuses = [(await submit(fan, text)).status for text in "abc"]
    assert statuses == ["failed", "failed", "ok"]


async def test_too_few_sections_fail_the_batch() -> None:
    async def forgets_one(documents: Sequence[Document]) -> list[EncodedSection]:
        return [OK] * (len(documents) - 1)

    fan = Fanout({"sentiment": forgets_one}, BatchLimits())
    sections = await asyncio.gather(submit(fan, "a"), submit(fan, "b"))
    assert [section.status for section in sections] == ["failed", "failed"]


async def test_a_batch_runs_in_the_context_of_no_request() -> None:
    seen = []

    async def look(documents: Sequence[Document]) -> list[EncodedSection]:
        seen.append(request.get(None))
        return [OK] * len(documents)

    request: ContextVar[str | None] = ContextVar("request")
    fan = Fanout({"sentiment": look}, BatchLimits())
    request.set("the one who happened to send the batch")
    await submit(fan, "a")
    assert seen == [None]


async def test_a_call_without_an_answer_times_out() -> None:
    deployment = Deployment()
    deployment.open.clear()
    section = await submit(fanout(deployment, call_timeout_s=0.01), "a")
    assert section.status == "timeout"


async def test_gather_gives_what_made_the_deadline_and_lets_the_rest_finish() -> None:
    fast, slow = Deployment(), Deployment()
    slow.open.clear()
    fan = Fanout({"tone": fast, "sentiment": slow}, BatchLimits())
    futures = fan.submit(document("a"), ["tone", "sentiment"])
    sections = await gather(futures, 0.02)
    assert sections["tone"].status == "ok"
    assert sections["sentiment"].status == "timeout"
    slow.open.set()
    assert (await futures["sentiment"]).status == "ok"
