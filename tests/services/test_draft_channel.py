"""GET /v1/drafts over real connections: what is worked on, what is answered, what is refused."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

import httpx
import orjson
import pytest
from websockets.exceptions import InvalidStatus

from deployments.calls import Call, DocumentBatch
from deployments.results import ANALYSES, Result, Section
from deployments.text.document import Document
from deployments.wire import EncodedSection
from serve_app.api.access_log import RequestLogEntry
from serve_app.api.application import Resources, build_api
from serve_app.api.authentication import Principal, digest_of
from serve_app.api.draft_channel import MESSAGE_BYTES, PATH, SUBPROTOCOL
from serve_app.corrections.answers import CorrectedAnswers
from serve_app.corrections.rule_set import RuleSet
from serve_app.corrections.values import Rule, RuleKind
from serve_app.drafts import channel
from serve_app.drafts.channel import CHANGED_CHARACTERS, READ_AHEAD_CHARACTERS, DraftCounts
from serve_app.drafts.pace import TEXTS_AT_ONCE
from serve_app.problems import PROBLEM_TYPES
from serve_app.settings import ApiKey, ApiSettings, DriverSettings
from tests.services.asgi_client import problem
from tests.services.draft_caller import DraftCaller, answer_of, caller
from tests.services.rule_service import RuleService
from tests.services.running_api import served, serving

FIRST = "We are proud of Lisbon."
SECOND = "Sorry, we lost Hamburg."
LAST = "It rains."
_PAUSE_S = channel.PAUSE_S


class Replica:
    """The API with one channel open, and what its analyses were sent."""

    def __init__(self, url: str, service: RuleService, counts: DraftCounts) -> None:
        self.url = url
        self.service = service
        self.counts = counts

    @property
    def texts(self) -> list[str]:
        """What sentiment was sent, in order."""
        return self.service.read["sentiment"]


@contextmanager
def replica(
    service: RuleService | None = None,
    *,
    settings: ApiSettings | None = None,
    resources: Resources | None = None,
    keys: tuple[str, ...] = (),
    log: list[RequestLogEntry] | None = None,
) -> Iterator[Replica]:
    service, counts = service or RuleService(), DraftCounts()
    api = build_api(
        service,
        api_keys=[ApiKey.parse(key) for key in keys],
        settings=settings,
        resources=resources,
        on_request=(lambda entry: None) if log is None else log.append,
        drafts=counts,
    )
    with served(api) as url:
        yield Replica(url, service, counts)


@contextmanager
def opened(**options: object) -> Iterator[tuple[Replica, DraftCaller]]:
    """A replica and a channel of it that has had its first whole answer."""
    with replica(**options) as running, caller(running.url) as typing:  # type: ignore[arg-type]
        typing.send(0, "Hello.")
        typing.until_done(0)
        yield running, typing


def test_the_last_answer_is_that_of_a_post() -> None:
    body = {"text": f"🎉 {FIRST} {SECOND} #hiring", "offsets": "utf16", "top_n": 2}
    with opened() as (running, typing):
        for id in range(1, 6):
            typing.send(id, body["text"][: 8 * id])  # type: ignore[index]
        typing.send(9, **body)  # type: ignore[arg-type]
        messages = typing.until_done(9)
        post = httpx.post(f"{running.url}/v1/analyze", json=body)
    answer = post.json()
    assert answer_of(messages, 9) == answer | {"cache": "miss"}
    assert answer["cache"] == "hit"
    sections = {m["section"]: orjson.dumps(m["value"]) for m in messages if "section" in m}
    assert set(sections) == set(ANALYSES)
    for name, section in sections.items():
        assert b'"%b":%b' % (name.encode(), section) in post.content


def test_of_a_burst_few_texts_are_begun_and_the_stale_are_ended() -> None:
    service = Held()
    text = f"{FIRST} {SECOND} It was a long day for everybody here in the office"
    with opened(service=service) as (running, typing):
        typing.send(1, f"{FIRST} {SECOND}")
        typing.until_done(1)
        before = len(running.texts)
        service.let_go.clear()
        for id in range(2, 32):
            typing.send(id, text[: len(text) - 31 + id])
        wait_until(lambda: running.counts.texts == 32)
        service.let_go.set()
        messages = typing.until_done(31)
        sent = running.texts[before:]
    # At most so many begin as are in flight at one time; then the newest, by itself and whole.
    newest = text[len(f"{FIRST} {SECOND} ") :]
    assert sent[-2:] == [newest, text]
    assert len(sent) <= DriverSettings().batches_in_flight + 2
    assert running.counts.superseded == 29
    assert {m["id"] for m in messages} == {31}


class Held(RuleService):
    """Sentiment answers as long as it may."""

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.let_go.set()
        super().__init__()

    def _rule_call(self, name: str) -> Call:
        call = super()._rule_call(name)

        async def held(batch: DocumentBatch) -> list[EncodedSection]:
            sections = await call(batch)
            await asyncio.to_thread(self.let_go.wait, 30)
            return sections

        return held if name == "sentiment" else call


def test_unchanged_sentences_are_not_sent_again(
    typed_without_pause: Callable[[bool], None],
) -> None:
    with opened() as (running, typing):
        typing.send(1, f"{FIRST} {SECOND}")
        typing.until_done(1)
        before = len(running.texts)
        typed_without_pause(True)
        for id, ending in enumerate(("It", "It ra", "It rai", LAST, "It rai"), start=2):
            typing.send(id, f"{FIRST} {SECOND} {ending}")
            assert "draft" in typing.next()
        read_ahead = running.texts[before:]
        reused = running.counts.sentences_reused
        typed_without_pause(False)
        typing.send(7, f"{FIRST} {SECOND} {LAST}")
        typing.until_done(7)
    assert read_ahead == ["It", "It ra", "It rai", LAST]
    assert reused == 5 * 2 + 1
    assert running.texts[before:] == [*read_ahead, f"{FIRST} {SECOND} {LAST}"]


@pytest.fixture
def typed_without_pause(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """Told True, no text stands still long enough to be analysed whole, however slow we are."""

    def type_on(on: bool) -> None:
        monkeypatch.setattr(channel, "PAUSE_S", 60.0 if on else _PAUSE_S)

    return type_on


def test_a_sentence_that_moves_is_not_read_again(
    typed_without_pause: Callable[[bool], None],
) -> None:
    text = f"🎉 {SECOND} {FIRST}"
    with opened() as (running, typing):
        typing.send(1, f"{FIRST} {SECOND}")
        typing.until_done(1)
        before = len(running.texts)
        typed_without_pause(True)
        typing.send(2, text)
        marks = typing.next()["draft"]
        assert running.texts[before:] == []
    labels = {text[s["start"] : s["end"]]: s["label"] for s in marks["sentiment"]["sentences"]}
    assert labels == {SECOND: "negative", FIRST: "positive"}
    names = [text[e["start"] : e["end"]] for e in marks["entities"]["items"]]
    assert names == ["Hamburg", "Lisbon"]


@pytest.mark.parametrize("unit,start", [("codepoint", 2), ("utf16", 3), ("utf8", 5)])
def test_marks_count_in_the_unit_that_was_asked_for(unit: str, start: int) -> None:
    with opened() as (_, typing):
        typing.send(1, f"🎉 {FIRST}", offsets=unit)
        typing.until_done(1)
        typing.send(2, f"🎉 {FIRST} Ni", offsets=unit)
        [first, new] = typing.next()["draft"]["sentiment"]["sentences"]
    assert (first["start"], first["end"]) == (start, start + len(FIRST))
    assert (new["start"], new["end"]) == (start + len(FIRST) + 1, start + len(FIRST) + 3)


def test_half_typed_sentences_are_neither_kept_nor_counted() -> None:
    with opened() as (running, typing):
        typing.send(1, f"{FIRST} Half a sen")
        assert "draft" in typing.next()
        typing.send(2, FIRST)
        typing.until_done(2)
        before = len(running.texts)
        answer = httpx.post(f"{running.url}/v1/analyze", json={"text": "Half a sen"}).json()
    assert answer["cache"] == "miss"
    assert running.texts[before:] == ["Half a sen"]


def test_the_language_of_a_sentence_is_that_of_its_draft() -> None:
    """Readers are sent it so; alone it would tell no language."""
    german = "Wir freuen uns sehr, dass unsere neue Kollegin im Oktober bei uns anfängt."
    with opened(service=Listening()) as (running, typing):
        typing.send(1, german)
        typing.until_done(1)
        typing.send(2, f"{german} Merci.")
        assert "draft" in typing.next()
        assert isinstance(running.service, Listening)
        assert running.service.languages[-1] == ("Merci.", "de")
    assert Document.read("Merci.").language.code == "und"


class Listening(RuleService):
    """Notes in which language each text came to sentiment."""

    def __init__(self) -> None:
        self.languages: list[tuple[str, str]] = []
        super().__init__()

    def _rule_section(self, name: str, document: Document) -> Section[Result]:
        if name == "sentiment":
            self.languages.append((document.text, document.language.code))
        return super()._rule_section(name, document)


def test_much_changed_text_is_read_once_in_the_whole() -> None:
    sentence = "It was a long day for everybody here in the office. "
    long = sentence * (CHANGED_CHARACTERS // len(sentence) + 1)
    different = "".join(f"{n} {sentence}" for n in range(CHANGED_CHARACTERS // len(sentence) + 1))
    assert len(different.strip()) > CHANGED_CHARACTERS
    with opened() as (running, typing):
        before = len(running.texts)
        typing.send(1, different)
        messages = typing.until_done(1)
        assert running.texts[before:] == [different]
        typing.send(2, long)  # one sentence, many times
        assert "draft" in typing.next()
    assert not any("draft" in message for message in messages)


def test_sentences_read_ahead_are_bounded_until_a_whole_answer(
    typed_without_pause: Callable[[bool], None],
) -> None:
    """Else a key with limits could have all its texts read without one that counts."""
    step = CHANGED_CHARACTERS
    with opened() as (running, typing):
        typed_without_pause(True)
        texts = [f"{n:04} ".ljust(step, "x") for n in range(READ_AHEAD_CHARACTERS // step)]
        for id, text in enumerate(texts, start=1):
            typing.send(id, text)
            assert "draft" in typing.next()
        assert running.counts.answered == 1
        typed_without_pause(False)
        typing.send(len(texts) + 1, "y")
        assert "section" in typing.next()
        typing.until_done(len(texts) + 1)
        typing.send(len(texts) + 2, "y z")
        assert "draft" in typing.next()


def test_what_is_wrong_with_a_text_is_a_problem_and_the_channel_goes_on() -> None:
    with opened() as (_, typing):
        for number, (message, slug, id) in enumerate(
            [
                ("{", "not-json", None),
                ("[]", "wrong-type", None),
                ('{"text": "a"}', "missing-field", None),
                ('{"id": 1}', "missing-field", 1),
                ('{"id": true, "text": "a"}', "wrong-type", None),
                ('{"id": -1, "text": "a"}', "out-of-range", None),
                ('{"id": 9007199254740992, "text": "a"}', "out-of-range", None),
                ('{"id": 0, "text": "a"}', "out-of-range", 0),
                ('{"id": 1, "text": " "}', "blank-text", 1),
                ('{"id": 1, "text": "a", "id": 2}', "repeated-field", 2),
                ('{"id": 1, "text": "a", "mood": 1}', "unknown-field", 1),
                ('{"id": 1, "text": "a", "offsets": "utf-16"}', "unknown-value", 1),
                (orjson.dumps({"id": 1, "text": "x" * 20_001}).decode(), "text-too-long", 1),
            ]
        ):
            typing.connection.send(message)
            answer = typing.next()
            assert answer["id"] == id, number
            assert answer["problem"]["type"] == f"/problems/{slug}"
            assert answer["problem"]["request_id"]
        typing.send(1, FIRST)
        assert "done" in typing.until_done(1)[-1]


def test_rules_of_the_workspace_lie_over_marks_and_answers() -> None:
    rules = RuleSet([Rule(UUID(int=1), RuleKind.SENTIMENT, ("lisbon",), "negative")])
    resources = Resources(seen_from=lambda service, workspace: CorrectedAnswers(service, rules))
    with opened(resources=resources) as (running, typing):
        typing.send(1, f"Hello. {FIRST}")
        assert typing.next()["draft"]["sentiment"]["sentences"][1]["label"] == "negative"
        answer = answer_of(typing.until_done(1), 1)
        post = httpx.post(f"{running.url}/v1/analyze", json={"text": f"Hello. {FIRST}"}).json()
    assert answer["sentiment"] == post["sentiment"]
    assert answer["sentiment"]["sentences"][1]["label"] == "negative"


def test_a_key_is_taken_from_a_subprotocol_or_a_header() -> None:
    key = "sécret/+ key"
    with replica(keys=(key,)) as running:
        with caller(running.url, key=key) as typing:
            assert typing.connection.subprotocol == SUBPROTOCOL
            typing.send(0, FIRST)
            typing.until_done(0)
        sent = key.encode().decode("latin-1")  # the library encodes headers so
        header = [("Authorization", f"Bearer {sent}")]
        with caller(running.url, headers=header) as typing:
            assert typing.connection.subprotocol is None
            typing.send(0, FIRST)
            typing.until_done(0)


@pytest.mark.parametrize("key", ["", "wrong", "*"])
def test_nobody_without_a_key_holds_a_channel(key: str) -> None:
    with replica(keys=("right",)) as running:
        with pytest.raises(InvalidStatus) as refused, caller(running.url, key=key):
            pass
        assert running.counts.channels == 0
    response = refused.value.response
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer")
    content = orjson.loads(response.body)
    assert content["type"] == "/problems/unauthorized"
    assert content["request_id"] == response.headers["x-request-id"]


def test_a_key_needs_the_scope_analyze_and_stays_good_only_while_it_is_in_force() -> None:
    principals = {
        digest_of(b"reader"): Principal(scopes=frozenset({"posts:read"})),
        digest_of(b"analyst"): Principal(scopes=frozenset({"analyze"})),
    }
    resources = Resources(find_principal=principals.get)
    with replica(resources=resources, keys=("other",)) as running:
        with pytest.raises(InvalidStatus) as refused, caller(running.url, key="reader"):
            pass
        assert refused.value.response.status_code == 403
        with caller(running.url, key="analyst") as typing:
            typing.send(0, FIRST)
            typing.until_done(0)
            del principals[digest_of(b"analyst")]
            typing.send(1, FIRST)
            frame = typing.closed()
    assert frame is not None
    assert frame.code == 1008
    assert "not one of the service's" in frame.reason


@pytest.mark.parametrize("keys", [(), ("right",)])
def test_pages_of_other_sites_open_no_channel_unless_they_are_named(keys: tuple[str, ...]) -> None:
    settings = ApiSettings(cors_origins=("https://app.example.org",))
    key = keys[0] if keys else ""
    with replica(keys=keys, settings=settings) as running:
        for origin in (running.url, "https://app.example.org"):
            with caller(running.url, key=key, origin=origin) as typing:
                typing.send(0, FIRST)
                typing.until_done(0)
        with (
            pytest.raises(InvalidStatus) as refused,
            caller(running.url, key=key, origin="https://evil.example"),
        ):
            pass
    assert refused.value.response.status_code == 403
    assert orjson.loads(refused.value.response.body)["type"] == "/problems/foreign-origin"


def test_a_replica_has_so_many_channels() -> None:
    keys = ("acme:a", "beta:b", "other:c")
    with replica(settings=ApiSettings(draft_channels=2), keys=keys) as running:
        with caller(running.url, key="a"), caller(running.url, key="b"):
            refused_channel(running, "c")
            assert running.counts.channels == 2
        wait_for_channels(running, 0)
        with caller(running.url, key="c"):  # there is room again
            assert running.counts.channels == 1


def test_a_workspace_has_half_of_the_channels() -> None:
    keys = ("acme:a", "acme:a2", "other:b")
    with replica(settings=ApiSettings(draft_channels=5), keys=keys) as running:
        with caller(running.url, key="a"), caller(running.url, key="a2"):
            refused_channel(running, "a")
            with caller(running.url, key="b"), caller(running.url, key="b"):
                assert running.counts.channels == 4
        wait_for_channels(running, 0)
        with caller(running.url, key="a"):
            assert running.counts.channels == 1


def refused_channel(running: Replica, key: str) -> None:
    with pytest.raises(InvalidStatus) as refused, caller(running.url, key=key):
        pass
    response = refused.value.response
    assert response.status_code == PROBLEM_TYPES["overloaded"].status
    assert int(response.headers["retry-after"]) > 0


def wait_for_channels(running: Replica, count: int) -> None:
    wait_until(lambda: running.counts.channels == count)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_message_has_so_many_bytes() -> None:
    with opened() as (_, typing):
        head = '{"id": 1, "text": " "'
        typing.connection.send(f"{head}{' ' * (MESSAGE_BYTES - len(head) - 1)}}}")
        assert typing.next()["problem"]["type"] == "/problems/blank-text"
        typing.connection.send(f"{head}{' ' * (MESSAGE_BYTES - len(head))}}}")
        frame = typing.closed()
    assert frame is not None
    assert (frame.code, frame.reason) == (1009, f"A message has at most {MESSAGE_BYTES:,} bytes.")


def test_the_longest_text_fits_however_it_is_escaped() -> None:
    text = "\U0001f600" * 20_000
    message = '{"id":1,"text":"%s"}' % (r"\ud83d\ude00" * 20_000)
    assert len(message) < MESSAGE_BYTES
    with opened() as (_, typing):
        typing.connection.send(message)
        answer = answer_of(typing.until_done(1), 1)
    assert len(answer["signals"]["emoji"]) == len(text)


def test_binary_messages_and_too_many_texts_end_a_channel() -> None:
    with opened() as (_, typing):
        typing.connection.send(b"{}")
        binary = typing.closed()
    with opened() as (_, typing):
        for _ in range(2 * TEXTS_AT_ONCE):
            typing.connection.send("{}")
        hasty = typing.closed()
    assert binary is not None
    assert hasty is not None
    assert binary.code == 1003
    assert hasty.code == 1008


def test_a_channel_without_texts_is_closed() -> None:
    with (
        replica(settings=ApiSettings(draft_idle_s=0.3)) as running,
        caller(running.url) as typing,
    ):
        frame = typing.closed()
        wait_for_channels(running, 0)
    assert frame is not None
    assert (frame.code, frame.reason) == (
        1000,
        "No text for 0.3 s; open it again with the next.",
    )


def test_a_replica_that_ends_says_that_it_starts_again() -> None:
    """uvicorn closes its WebSockets so, and Serve has it do so where a replica is drained."""
    with serving(build_api(RuleService())) as (url, server), caller(url) as typing:
        typing.send(0, FIRST)
        typing.until_done(0)
        server.should_exit = True
        frame = typing.closed()
    assert frame is not None
    assert frame.code == 1012


def test_work_ends_with_its_caller() -> None:
    """The one place in flight is taken, so that the draft of the caller who leaves still waits."""
    service = RuleService(DriverSettings(batches_in_flight=1))
    with replica(service) as running:
        service.pause_s = 1.0
        with caller(running.url) as first:
            first.send(0, FIRST)
            with caller(running.url) as second:
                second.send(0, SECOND)
                time.sleep(0.3)
            wait_for_channels(running, 1)
            first.until_done(0)
    assert running.texts == [FIRST]


def test_the_access_log_has_one_line_for_a_channel() -> None:
    log: list[RequestLogEntry] = []
    with replica(keys=("right",), log=log) as running:
        with pytest.raises(InvalidStatus), caller(running.url):
            pass
        with caller(running.url, key="right") as typing:
            typing.send(0, FIRST)
            typing.until_done(0)
        wait_for_channels(running, 0)
        with pytest.raises(InvalidStatus) as elsewhere, caller(running.url, path="/v1/analyze"):
            pass
    assert [(e.method, e.route, e.status) for e in log] == [
        ("GET", PATH, 401),
        ("GET", PATH, 101),
        ("GET", "none", 404),
    ]
    assert orjson.loads(elsewhere.value.response.body)["type"] == "/problems/not-found"


def test_who_comes_without_a_websocket_is_told_so() -> None:
    with replica() as running:
        response = httpx.get(f"{running.url}{PATH}")
    assert response.headers["upgrade"] == "websocket"
    problem(response, "upgrade-required")
