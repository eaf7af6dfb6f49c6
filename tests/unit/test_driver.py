"""The batcher and the fan-out, with calls that are plain coroutines."""

import asyncio
from contextvars import ContextVar

import pytest

from deployments import batcher
from deployments.batcher import Submission
from deployments.calls import BatchLimits, Call, DocumentBatch, Overloaded
from deployments.driver import Fanout, gather
from deployments.fair_queue import Caller
from deployments.results import Language, Model, Section, Signals, Status
from deployments.text.document import Document
from deployments.wire import EncodedSection, encode

OK = encode(Section(Status.OK, Model("test", "v1"), 1.0))


def document(text: str) -> Document:
    return Document(text, text, Language("en", 1.0), (), Signals((), (), (), ()), (), ())


class Deployment:
    """A deployment that answers when it is let go, and remembers what it was called with."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.open = asyncio.Event()
        self.open.set()

    async def __call__(self, batch: DocumentBatch) -> list[EncodedSection]:
        self.batches.append([document.text for document in batch.documents])
        await self.open.wait()
        return [EncodedSection("ok", "v1", document.text.encode()) for document in batch.documents]


def fanout(deployment: Deployment, **limits: float) -> Fanout:
    return Fanout({"sentiment": deployment}, BatchLimits(**limits))  # type: ignore[arg-type]


def submit(fan: Fanout, text: str, caller: Caller | None = None) -> asyncio.Future[EncodedSection]:
    return fan.submit(document(text), ["sentiment"], caller or Caller())["sentiment"].future


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


@pytest.mark.parametrize(
    ("error", "status"),
    [(Overloaded("full"), "shed"), (RuntimeError("replica died"), "failed")],
)
async def test_a_failed_call_fails_its_texts_and_no_later_ones(
    error: Exception, status: str
) -> None:
    calls = 0

    async def fails_once(batch: DocumentBatch) -> list[EncodedSection]:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise error
        return [OK] * len(batch.documents)

    fan = Fanout({"sentiment": fails_once}, BatchLimits())
    assert (await submit(fan, "a")).status == status
    assert (await submit(fan, "b")).status == "ok"


async def test_a_cancelled_call_fails_its_texts_and_holds_up_no_later_ones() -> None:
    calls = 0

    async def cancelled_twice(batch: DocumentBatch) -> list[EncodedSection]:
        nonlocal calls
        calls += 1
        if calls <= 2:
            raise asyncio.CancelledError
        return [OK] * len(batch.documents)

    fan = Fanout({"sentiment": cancelled_twice}, BatchLimits(in_flight=1))
    statuses = [(await submit(fan, text)).status for text in "abc"]
    assert statuses == ["failed", "failed", "ok"]


async def test_too_few_sections_fail_the_batch() -> None:
    async def forgets_one(batch: DocumentBatch) -> list[EncodedSection]:
        return [OK] * (len(batch.documents) - 1)

    fan = Fanout({"sentiment": forgets_one}, BatchLimits())
    sections = await asyncio.gather(submit(fan, "a"), submit(fan, "b"))
    assert [section.status for section in sections] == ["failed", "failed"]


async def test_a_batch_runs_in_the_context_of_no_request() -> None:
    seen = []

    async def look(batch: DocumentBatch) -> list[EncodedSection]:
        seen.append(request.get(None))
        return [OK] * len(batch.documents)

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
    submissions = fan.submit(document("a"), ["tone", "sentiment"], Caller())
    sections = await gather(submissions, 0.02)
    assert sections["tone"].status == "ok"
    assert sections["sentiment"].status == "timeout"
    slow.open.set()
    assert (await submissions["sentiment"].future).status == "ok"


async def test_a_short_text_beside_a_huge_request_waits_for_one_batch_in_flight() -> None:
    deployment = Deployment()
    deployment.open.clear()
    fan = fanout(deployment, in_flight=1, characters=4)
    huge = Caller()
    texts = [submit(fan, f"h{number:03}", huge) for number in range(400)]
    await asyncio.sleep(0.01)
    assert deployment.batches == [["h000"]]
    short = submit(fan, "s")
    deployment.open.set()
    await short
    assert [text for batch in deployment.batches[1:3] for text in batch].count("s") == 1
    await asyncio.gather(*texts)
    assert [text for [text] in deployment.batches if text != "s"] == sorted(
        f"h{number:03}" for number in range(400)
    )


async def test_bulk_is_sent_beside_what_is_not_and_says_so() -> None:
    seen = []
    open_ = asyncio.Event()

    async def call(batch: DocumentBatch) -> list[EncodedSection]:
        seen.append((batch.documents[0].text, batch.bulk))
        await open_.wait()
        return [OK] * len(batch.documents)

    fan = Fanout({"sentiment": call}, BatchLimits(in_flight=1, characters=1))
    bulk = Caller(bulk=True)
    futures = [submit(fan, text, bulk) for text in "xyz"] + [submit(fan, "a")]
    await asyncio.sleep(0.01)
    assert seen == [("x", True), ("a", False)]
    open_.set()
    await asyncio.gather(*futures)


async def held_up(fan: Fanout) -> asyncio.Future[EncodedSection]:
    """Have the one place in flight taken."""
    first = submit(fan, "first")
    await asyncio.sleep(0.01)
    return first


async def test_what_nobody_waits_for_at_its_deadline_is_never_sent() -> None:
    deployment = Deployment()
    deployment.open.clear()
    fan = fanout(deployment, in_flight=1)
    first = await held_up(fan)
    expired = [fan.submit(document(text), ["sentiment"], Caller()) for text in "abc"]
    sections = await asyncio.gather(*[gather(submissions, 0.01) for submissions in expired])
    assert {section["sentiment"].status for section in sections} == {"timeout"}
    later = submit(fan, "later")
    deployment.open.set()
    await asyncio.gather(first, later)
    assert deployment.batches == [["first"], ["later"]]


async def test_what_is_cancelled_by_its_last_waiter_is_never_sent() -> None:
    deployment = Deployment()
    deployment.open.clear()
    fan = fanout(deployment, in_flight=1)
    first = await held_up(fan)
    left, shared = (fan.submit(document(text), ["sentiment"], Caller()) for text in "ls")
    waiters = [asyncio.create_task(gather(s, 60)) for s in (left, shared, shared)]
    await asyncio.sleep(0)
    for waiter in waiters[:2]:
        waiter.cancel()
    await asyncio.wait(waiters[:2])
    deployment.open.set()
    assert (await waiters[2])["sentiment"].status == "ok"
    await first
    assert deployment.batches == [["first"], ["s"]]


async def test_what_has_begun_is_finished_for_whoever_asks_again() -> None:
    deployment = Deployment()
    deployment.open.clear()
    fan = fanout(deployment)
    submissions = fan.submit(document("a"), ["sentiment"], Caller())
    assert (await gather(submissions, 0.01))["sentiment"].status == "timeout"
    deployment.open.set()
    assert (await submissions["sentiment"].future).status == "ok"


async def test_the_time_left_travels_with_each_text_of_a_batch() -> None:
    times: list[float] = []

    async def call(batch: DocumentBatch) -> list[EncodedSection]:
        times.extend(batch.time_left_s)
        return [OK] * len(batch.documents)

    fan = Fanout({"sentiment": call}, BatchLimits())
    short, long, unlimited = (fan.submit(document("a"), ["sentiment"], Caller()) for _ in "abc")
    waiting = [gather(short, 5), gather(long, 5), gather(long, 500)]
    await asyncio.gather(*waiting, unlimited["sentiment"].future)
    assert 4 < times[0] <= 5
    assert 499 < times[1] <= 500
    assert times[2] == float("inf")


async def test_texts_that_were_left_take_no_room_behind_a_call_that_hangs() -> None:
    deployment = Deployment()
    deployment.open.clear()
    fan = fanout(deployment, in_flight=1)
    first = await held_up(fan)
    for _ in range(100):
        submissions = fan.submit(document("left"), ["sentiment"], Caller())
        assert (await gather(submissions, 0))["sentiment"].status == "timeout"
    assert len(fan._batchers["sentiment", False]._queue) <= 2
    deployment.open.set()
    await first


class ReadingDeployments:
    """An encoder, two analyses that read with it, and one that does not."""

    def __init__(self, **limits: float) -> None:
        self.encoder = ReadingDeployment()
        self.sentiment, self.tone, self.readability = (ReadingDeployment() for _ in range(3))
        calls: dict[str, Call] = {
            "sentiment": self.sentiment, "tone": self.tone, "readability": self.readability
        }  # fmt: skip
        self.fanout = Fanout(
            calls,
            BatchLimits(**limits),  # type: ignore[arg-type]
            read=self.encoder.read,
            readers=("sentiment", "tone"),
        )

    def submit(self, text: str, *analyses: str) -> dict[str, Submission]:
        names = analyses or ("sentiment", "tone", "readability")
        return self.fanout.submit(document(text), names, Caller())

    async def answers(self, text: str, *analyses: str) -> dict[str, EncodedSection]:
        return await gather(self.submit(text, *analyses), 60)


class ReadingDeployment(Deployment):
    """A deployment that also reads, and remembers which readings it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.readings: list[object] = []
        self.rows: list[list[int]] = []
        self.error: Exception | None = None

    async def __call__(self, batch: DocumentBatch) -> list[EncodedSection]:
        self.readings.append(batch.readings)
        self.rows.append(list(batch.rows))
        if self.error:
            raise self.error
        return await super().__call__(batch)

    async def read(self, batch: DocumentBatch) -> object:
        await self(batch)
        return f"readings of {' '.join(self.batches[-1])}"


def statuses(sections: dict[str, EncodedSection]) -> dict[str, str]:
    return {name: section.status for name, section in sections.items()}


async def test_texts_are_read_once_and_the_readings_handed_to_every_analysis() -> None:
    all_of = ReadingDeployments()
    answers = await asyncio.gather(*[all_of.answers(text) for text in "abc"])
    assert all_of.encoder.batches == [["a", "b", "c"]]
    for analysis in (all_of.sentiment, all_of.tone):
        assert analysis.batches == [["a", "b", "c"]]
        assert analysis.readings == ["readings of a b c"]
    assert all_of.readability.batches == [["a", "b", "c"]]
    assert all_of.readability.readings == [None]
    assert [answer["tone"].body for answer in answers] == [b"a", b"b", b"c"]


async def test_an_analysis_gets_the_documents_that_want_it_and_their_numbers() -> None:
    all_of = ReadingDeployments()
    await asyncio.gather(
        all_of.answers("a", "tone"), all_of.answers("b", "sentiment", "tone"),
        all_of.answers("c", "sentiment"), all_of.answers("d", "readability"),
    )  # fmt: skip
    assert all_of.encoder.batches == [["a", "b", "c"]]
    assert (all_of.tone.batches, all_of.tone.rows) == ([["a", "b"]], [[0, 1]])
    assert (all_of.sentiment.batches, all_of.sentiment.rows) == ([["b", "c"]], [[1, 2]])


async def test_what_needs_no_reading_asks_for_none_and_waits_for_none() -> None:
    all_of = ReadingDeployments()
    all_of.encoder.open.clear()
    submissions = all_of.submit("a")
    assert (await submissions["readability"].future).status == "ok"
    assert not submissions["tone"].future.done()
    all_of.encoder.open.set()
    assert (await submissions["tone"].future).status == "ok"


@pytest.mark.parametrize(
    "error, status",
    [(Overloaded("full"), "shed"), (RuntimeError("no replica"), "failed"),
     (TimeoutError(), "timeout")],
)  # fmt: skip
async def test_without_the_encoder_its_readers_have_no_answer_and_say_why(
    error: Exception, status: str
) -> None:
    all_of = ReadingDeployments()
    all_of.encoder.error = error
    answers = await all_of.answers("a")
    assert statuses(answers) == {"sentiment": status, "tone": status, "readability": "ok"}
    assert b"encoder" in answers["tone"].body
    assert all_of.tone.batches == []
    all_of.encoder.error = None
    assert set(statuses(await all_of.answers("b")).values()) == {"ok"}


async def test_an_analysis_that_fails_costs_its_section_alone() -> None:
    all_of = ReadingDeployments()
    all_of.tone.error = RuntimeError("replica died")
    assert statuses(await all_of.answers("a")) == {
        "sentiment": "ok", "tone": "failed", "readability": "ok"
    }  # fmt: skip


async def test_a_batch_is_in_flight_until_its_analyses_have_answered() -> None:
    all_of = ReadingDeployments(in_flight=1)
    all_of.tone.open.clear()
    first, second = all_of.submit("a"), None
    await asyncio.sleep(0.01)
    second = all_of.submit("b")
    await asyncio.sleep(0.01)
    assert all_of.encoder.batches == [["a"]]
    all_of.tone.open.set()
    await asyncio.gather(*[s.future for each in (first, second) for s in each.values()])
    assert all_of.encoder.batches == [["a"], ["b"]]


async def test_an_analysis_that_hangs_holds_up_the_others_no_longer_than_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batcher, "PATIENCE_S", 0.05)
    all_of = ReadingDeployments(in_flight=1)
    all_of.tone.open.clear()
    hanging = all_of.submit("a")
    await asyncio.sleep(0.01)
    later = [await all_of.answers(text, "sentiment", "tone") for text in "bcd"]
    assert [statuses(answer) for answer in later] == [{"sentiment": "ok", "tone": "shed"}] * 3
    assert all_of.tone.batches == [["a"]]
    all_of.tone.open.set()
    assert (await hanging["tone"].future).status == "ok"
    assert statuses(await all_of.answers("e")) == dict.fromkeys(hanging, "ok")


async def test_a_text_that_everybody_left_is_never_read() -> None:
    all_of = ReadingDeployments(in_flight=1)
    all_of.encoder.open.clear()
    first = all_of.submit("a")
    await asyncio.sleep(0.01)
    assert statuses(await gather(all_of.submit("b", "tone"), 0.01)) == {"tone": "timeout"}
    half = all_of.submit("c", "sentiment", "tone")
    await gather({"tone": half["tone"]}, 0.01)
    all_of.encoder.open.set()
    await asyncio.gather(*[s.future for s in (*first.values(), *half.values())])
    assert all_of.encoder.batches == [["a"], ["c"]]
    assert (all_of.sentiment.batches, all_of.tone.batches) == ([["a"], ["c"]], [["a"]])


async def test_every_call_is_told_with_its_texts() -> None:
    told: list[tuple[str, int]] = []
    all_of = ReadingDeployments()
    fan = Fanout(
        {"tone": all_of.tone}, BatchLimits(), lambda name, texts: told.append((name, texts)),
        read=all_of.encoder.read, readers=["tone"],
    )  # fmt: skip
    await asyncio.gather(*[gather(fan.submit(document(t), ["tone"], Caller()), 60) for t in "ab"])
    assert told == [("encoder", 2), ("tone", 2)]
