"""The Python client against the real HTTP API on a real port."""

import asyncio
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from deployments.results import ANALYSES, Analysis, Status
from deployments.text.document import digest
from serve_app.client import (
    AnalysisProblem,
    PostLens,
    PostLensError,
    RequestRefused,
    ServiceFailed,
    ServiceUnreachable,
)
from serve_app.client.batches import bodies, size_bytes
from serve_app.client.postlens import Post
from serve_app.client.retry import LONGEST_LIMIT_S, Failure, failure_of, pause_s
from serve_app.client.transport import Answer
from serve_app.request.post import MAX_BODY_BYTES
from serve_app.settings import DriverSettings
from tests.services.rule_service import RuleService
from tests.services.running_api import RunningApi, running_api

POST = "We are proud to open our office in Lisbon 🎉. Thank you to Ana Prado! #hiring"


@pytest.fixture
def api() -> Iterator[RunningApi]:
    with running_api() as running:
        yield running


@pytest.fixture
def postlens(api: RunningApi) -> Iterator[PostLens]:
    with PostLens.over_http(api.url) as client:
        yield client


def test_an_answer_is_typed_and_complete(postlens: PostLens) -> None:
    analysis = postlens.analyze(POST, id="a-1")
    assert (analysis.id, analysis.digest, analysis.cache) == ("a-1", digest(POST), "miss")
    assert analysis.language.code == "en"
    assert all(getattr(analysis, name).status is Status.OK for name in ANALYSES)
    assert analysis.sentiment
    assert analysis.sentiment.result
    assert analysis.sentiment.result.label == "positive"
    [hashtag] = analysis.signals.hashtags
    assert POST[hashtag.start : hashtag.end] == "#hiring"
    assert postlens.analyze(POST).cache == "hit"


def test_every_span_of_a_typed_answer_points_into_the_text(postlens: PostLens) -> None:
    text = "🎉 We opened in Lisbon. Sorry, we lost Lisbon!"
    analysis = postlens.analyze(text)
    sections = [getattr(analysis, name) for name in ("sentiment", "tone", "keywords", "entities")]
    sentiment, tone, keywords, entities = (section.result for section in sections)
    assert sentiment.mixed is True
    assert [text[e.start : e.end] for e in tone.evidence] == [
        text[s.start : s.end] for s in sentiment.sentences
    ]
    lisbon = next(item for item in keywords.items if item.text == "Lisbon")
    assert [text[o.start : o.end] for o in lisbon.occurrences] == ["Lisbon", "Lisbon"]
    assert [(item.text, item.group) for item in entities.items] == [("Lisbon", 0), ("Lisbon", 0)]


def test_many_come_back_in_order_with_the_bad_ones_in_their_places(
    api: RunningApi, postlens: PostLens
) -> None:
    posts = [{"id": str(n), "text": f"Post number {n} is here."} for n in range(250)]
    posts[7] = {"id": "7", "text": ""}
    posts[130] = {"id": "130", "txt": "misspelt"}
    posts[249] = {"id": "249", "text": "half an emoji \ud83d"}
    answers = postlens.analyze_many(posts, batch_posts=100)
    assert [answer.id for answer in answers] == [post["id"] for post in posts]
    assert api.front.requests == ["/v1/analyze/batch"] * 3
    problems = {n: a for n, a in enumerate(answers) if isinstance(a, AnalysisProblem)}
    assert {n: p.type for n, p in problems.items()} == {
        7: "/problems/blank-text",
        130: "/problems/unknown-field",
        249: "/problems/lone-surrogate",
    }
    assert problems[130].pointer == "/txt"  # into the post, whichever batch it was in
    assert all(isinstance(a, Analysis) for n, a in enumerate(answers) if n not in problems)


def test_many_takes_texts_objects_and_options(postlens: PostLens) -> None:
    both: list[Post] = [POST, {"text": POST, "analyses": ["tone"]}]
    first, second = postlens.analyze_many(iter(both), analyses=["readability"])
    assert isinstance(first, Analysis)
    assert isinstance(second, Analysis)
    assert (first.readability is None, first.tone is None) == (False, True)
    assert (second.readability is None, second.tone is None) == (True, False)
    assert postlens.analyze_many([]) == []


def test_batch_posts_beyond_the_limit_is_refused_here(postlens: PostLens) -> None:
    with pytest.raises(ValueError, match=r"1\.\.1000"):
        postlens.analyze_many([POST], batch_posts=1001)


def test_bodies_stay_below_the_limit_and_keep_all_posts() -> None:
    posts = [b"x" * size for size in (5 * 2**20, 3 * 2**20, 10, 9 * 2**20, 2**20, 7 * 2**20)]
    parted = list(bodies(posts))
    assert [post for body in parted for post in body] == posts
    assert all(size_bytes(body) <= MAX_BODY_BYTES for body in parted if len(body) > 1)
    assert [len(body) for body in parted] == [1, 2, 1, 1, 1]
    exact = [b"x" * 4, b"x" * (MAX_BODY_BYTES - len(b'{"posts":[,]}') - 4)]
    assert size_bytes(exact) == MAX_BODY_BYTES
    assert list(bodies(exact)) == [exact]
    assert list(bodies([*exact, b""])) == [exact, [b""]]


def test_many_large_posts_travel_in_several_bodies(api: RunningApi, postlens: PostLens) -> None:
    too_large = "é" * (MAX_BODY_BYTES // 2)
    posts = [POST, "é" * (3 * 2**20), too_large, "é" * (3 * 2**20), POST]
    answers = postlens.analyze_many(posts)
    kinds = [a.type if isinstance(a, AnalysisProblem) else "ok" for a in answers]
    too_long, too_big = "/problems/text-too-long", "/problems/body-too-large"
    assert kinds == ["ok", too_long, too_big, too_long, "ok"]
    assert len(api.front.requests) == 2


def test_a_stored_analysis_is_typed(postlens: PostLens) -> None:
    analysis = postlens.analyze(POST)
    stored = postlens.find(digest(POST))
    assert stored is not None
    assert (stored.sentiment, stored.entities) == (analysis.sentiment, analysis.entities)
    assert postlens.find("0" * 64) is None


def test_the_key_is_sent_and_a_missing_one_is_an_exception() -> None:
    with running_api(api_keys=("secret",)) as api:
        with PostLens.over_http(api.url, api_key="secret") as postlens:
            assert postlens.analyze(POST).language.code == "en"
        with PostLens.over_http(api.url) as stranger:
            with pytest.raises(RequestRefused) as refused:
                stranger.analyze_many([POST])
            assert refused.value.status == 401


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_service_that_is_away_for_a_moment_is_asked_again(
    api: RunningApi, postlens: PostLens, status: int
) -> None:
    api.front.statuses = [status, status]
    assert postlens.analyze(POST).digest == digest(POST)
    assert len(api.front.requests) == 3


def test_retry_after_is_waited_for(api: RunningApi, postlens: PostLens) -> None:
    api.front.statuses, api.front.retry_after = [503], b"1"
    started = time.monotonic()
    postlens.analyze(POST)
    assert time.monotonic() - started >= 1


def test_a_limit_of_the_minute_is_waited_for(api: RunningApi, postlens: PostLens) -> None:
    api.front.statuses, api.front.retry_after = [429], b"1"
    started = time.monotonic()
    # Nothing of it was done, so that also what must not be done twice is asked for again.
    postlens.request("POST", "/v1/analyze", body={"text": POST})
    assert time.monotonic() - started >= 1
    assert len(api.front.requests) == 2


def test_a_limit_that_stays_is_a_refusal(api: RunningApi) -> None:
    words: list[str] = []
    api.front.statuses, api.front.retry_after = [429] * 5, b"1"
    client = PostLens.over_http(api.url, retries=1, patience_s=30, on_outage=words.append)
    with client as postlens, pytest.raises(RequestRefused, match="not now"):
        postlens.analyze(POST)
    assert len(api.front.requests) == 2
    assert words == []


def test_only_a_minute_is_waited_for_a_limit() -> None:
    def told(retry_after: str) -> Failure | None:
        return failure_of(Answer(429, {"retry-after": retry_after}, b"{}", ""))

    assert told(str(LONGEST_LIMIT_S))
    assert told(str(LONGEST_LIMIT_S + 1)) is None
    assert told("0") is None


def test_a_service_that_stays_away_is_unreachable(api: RunningApi) -> None:
    api.front.statuses = [503] * 5
    expected = pytest.raises(ServiceUnreachable, match="2 attempts, the last one: status 503: not")
    with PostLens.over_http(api.url, retries=1) as postlens, expected:
        postlens.analyze(POST)
    assert len(api.front.requests) == 2


def test_patience_is_for_a_service_that_has_answered(api: RunningApi) -> None:
    words: list[str] = []
    client = PostLens.over_http(api.url, retries=0, patience_s=30, on_outage=words.append)
    with client as postlens:
        api.front.statuses = [503]
        with pytest.raises(ServiceUnreachable, match="in 1 attempts"):
            postlens.analyze(POST)
        assert words == []
        postlens.analyze(POST)
        api.front.statuses = [503, 502]
        assert postlens.analyze(POST).digest == digest(POST)
        assert [" it is asked again for 30 s" in words[0], "answers again" in words[1]] == [
            True
        ] * 2


def test_a_service_that_starts_and_says_when_is_waited_for(api: RunningApi) -> None:
    api.front.statuses, api.front.retry_after = [503, 503], b"0"
    with PostLens.over_http(api.url, retries=0, patience_s=30) as postlens:
        assert postlens.analyze(POST).digest == digest(POST)


@pytest.mark.parametrize("status", [400, 429, 500])
def test_other_answers_are_not_asked_for_again(
    api: RunningApi, postlens: PostLens, status: int
) -> None:
    api.front.statuses = [status] * 2
    with pytest.raises((RequestRefused, ServiceFailed), match="not now"):
        postlens.analyze(POST)
    assert len(api.front.requests) == 1


@pytest.mark.parametrize("status", [200, 404])
def test_another_server_at_the_url_is_recognised(
    api: RunningApi, postlens: PostLens, status: int
) -> None:
    api.front.statuses = [status]
    api.front.body, api.front.content_type = b"<html>hello</html>", b"text/html"
    with pytest.raises(ServiceFailed, match="text/html, which is no answer of PostLens"):
        postlens.analyze(POST)


def test_a_serve_without_its_application_yet_is_asked_again(
    api: RunningApi, postlens: PostLens
) -> None:
    api.front.statuses, api.front.content_type = [404, 404], b"text/plain"
    api.front.body = b"Path '/v1/analyze' not found. Ping http://.../-/routes for available routes."
    assert postlens.analyze(POST).digest == digest(POST)
    assert len(api.front.requests) == 3


def test_a_connection_cut_before_the_answer_is_asked_again(api: RunningApi) -> None:
    """As when a replica dies: "Server disconnected without sending a response"."""
    backend_port = int(api.url.rpartition(":")[2])
    with socket.create_server(("127.0.0.1", 0)) as listening:
        cut = threading.Thread(target=_cut_then_relay, args=(listening, backend_port), daemon=True)
        cut.start()
        with PostLens.over_http(f"http://127.0.0.1:{listening.getsockname()[1]}") as postlens:
            assert postlens.analyze(POST).digest == digest(POST)
        cut.join(5)


def _cut_then_relay(listening: socket.socket, port: int) -> None:
    first, _ = listening.accept()
    first.recv(100_000)
    first.close()
    second, _ = listening.accept()
    with second, socket.create_connection(("127.0.0.1", port)) as onward:
        second.settimeout(0.3)
        while True:  # the request comes in one or several pieces, then a pause
            try:
                onward.sendall(second.recv(100_000))
            except TimeoutError:
                break
        second.sendall(onward.recv(100_000))
        time.sleep(0.2)


class SlowService(RuleService):
    """Takes a second for each analysis."""

    def __init__(self) -> None:
        super().__init__()
        self.pause_s = 1.0


def test_a_slow_answer_is_not_asked_for_again() -> None:
    with running_api(SlowService()) as api:
        expected = pytest.raises(ServiceUnreachable, match=r"within 0\.2 s")
        with PostLens.over_http(api.url, timeout_s=0.2) as postlens, expected:
            postlens.analyze(POST)
        assert len(api.front.requests) == 1


async def test_the_async_twins_run_side_by_side() -> None:
    with running_api(SlowService()) as api:
        async with PostLens.over_http(api.url) as postlens:
            started = time.monotonic()
            answers = await asyncio.gather(
                *(postlens.analyze_async(f"{POST} {n}") for n in range(5)),
            )
            [many] = await postlens.analyze_many_async([POST])
            assert time.monotonic() - started < 4
            assert {a.digest for a in answers} == {digest(f"{POST} {n}") for n in range(5)}
            assert isinstance(many, Analysis)
            assert await postlens.find_async(digest(POST)) is not None


async def test_a_cancelled_request_is_given_up() -> None:
    with running_api(SlowService()) as api:
        async with PostLens.over_http(api.url) as postlens:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await postlens.analyze_async(POST)
            assert (await postlens.analyze_async(POST)).digest == digest(POST)


def test_one_client_serves_event_loops_and_threads(postlens: PostLens) -> None:
    results = [asyncio.run(postlens.analyze_async(POST)), asyncio.run(postlens.analyze_async(POST))]
    threads = [
        threading.Thread(target=lambda: results.append(postlens.analyze(POST))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [result.digest for result in results] == [digest(POST)] * 6


def test_a_closed_client_says_so(api: RunningApi) -> None:
    threads = threading.active_count()
    postlens = PostLens.over_http(api.url)
    postlens.analyze(POST)
    postlens.close()
    postlens.close()
    assert threading.active_count() == threads
    with pytest.raises(PostLensError, match="closed"):
        postlens.analyze(POST)


def test_pauses_grow_are_bounded_and_respect_the_service() -> None:
    assert max(pause_s(0) for _ in range(200)) <= 0.2
    assert 0.2 < max(pause_s(3) for _ in range(200)) <= 1.6
    assert pause_s(0, "2") >= 2
    assert pause_s(0, "Wed, 21 Oct 2026 07:28:00 GMT") <= 0.2
    assert max(pause_s(50, "100000") for _ in range(50)) <= 90


def test_importing_the_client_imports_no_ray(api: RunningApi) -> None:
    program = (
        "import sys; from serve_app.client import PostLens; PostLens.over_http().close();"
        "print([m for m in ('ray', 'torch', 'spacy', 'transformers') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


def test_posts_whose_turn_did_not_come_are_asked_for_again() -> None:
    service = RuleService(
        DriverSettings(batches_in_flight=1, batch_characters=8_000, timeout_ms=300)
    )
    service.pause_s = 0.1
    posts = [f"Number {number}. " + "We did it. " * 1_400 for number in range(12)]
    with running_api(service) as api, PostLens.over_http(api.url) as client:
        items = client.items(posts, analyses=["readability"])
        assert [item["status"] for item in items] == ["ok"] * 12
        assert [item["result"]["digest"] for item in items] == [digest(post) for post in posts]
        assert len(api.front.requests) > 1
        before = len(api.front.requests)
        others = [f"Other {post}" for post in posts]
        late = client.items(others, analyses=["readability"], timeout_ms=1)
        assert late[-1]["error"]["type"] == "/problems/deadline-passed"
        assert len(api.front.requests) == before + 1  # who names a deadline means it
