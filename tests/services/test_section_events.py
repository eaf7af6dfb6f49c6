"""POST /v1/analyze as server-sent events, read over a real connection."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest

from deployments.calls import Call, DocumentBatch
from deployments.results import ANALYSES
from deployments.wire import EncodedSection
from serve_app.api.application import Resources, build_api
from serve_app.corrections.answers import CorrectedAnswers
from serve_app.corrections.rule_set import RuleSet
from serve_app.corrections.values import Rule, RuleKind
from serve_app.problems import PROBLEM_TYPES
from serve_app.settings import DriverSettings
from tests.services.asgi_client import POST
from tests.services.rule_service import RuleService
from tests.services.running_api import running_api, served

EVENTS = {"Accept": "text/event-stream"}
Event = tuple[str, dict[str, Any]]


def event_of(lines: Iterator[str]) -> Event:
    """The next event; raises StopIteration behind the last one."""
    kind = next(lines).removeprefix("event: ")
    data = orjson.loads(next(lines).removeprefix("data: "))
    assert next(lines) == ""
    return kind, data


@contextmanager
def events(url: str, body: dict[str, Any]) -> Iterator[Iterator[Event]]:
    with httpx.stream("POST", f"{url}/v1/analyze", json=body, headers=EVENTS) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        lines = response.iter_lines()

        def each() -> Iterator[Event]:
            for first in lines:
                yield event_of(iter([first, next(lines), next(lines)]))

        yield each()


class OneHeldUp(RuleService):
    """Readability answers once it is let go."""

    def __init__(self, settings: DriverSettings | None = None) -> None:
        self.let_go = threading.Event()
        super().__init__(settings)

    def _rule_call(self, name: str) -> Call:
        call = super()._rule_call(name)

        async def held_up(batch: DocumentBatch) -> list[EncodedSection]:
            sections = await call(batch)
            await asyncio.to_thread(self.let_go.wait, 10)
            return sections

        return held_up if name == "readability" else call


def whole(sent: list[Event]) -> dict[str, Any]:
    """The answer that the events make."""
    *sections, (last, rest) = sent
    assert last == "done"
    assert {kind for kind, _ in sections} == {"section"}
    assert rest.pop("timings_ms")["total"] > 0
    return rest | {data.pop("name"): data for _, data in sections}


def test_each_section_is_sent_as_soon_as_it_is_there() -> None:
    service = OneHeldUp()
    with running_api(service) as api, events(api.url, {"text": POST}) as sent:
        first = [next(sent) for _ in range(4)]
        names = {data["name"] for _, data in first}
        assert names == set(ANALYSES) - {"readability"}  # and there was no waiting for it
        service.let_go.set()
        (kind, data), done = list(sent)
    assert (kind, data["name"]) == ("section", "readability")
    assert (done[0], done[1]["cache"]) == ("done", "miss")


@pytest.mark.parametrize("offsets", ["codepoint", "utf16"])
def test_the_events_make_the_whole_answer(offsets: str) -> None:
    body = {"text": f"🎉 {POST}", "id": "p", "top_n": 2, "offsets": offsets}
    with running_api() as api:
        with events(api.url, body) as sent:
            new = whole(list(sent))
        answer = httpx.post(f"{api.url}/v1/analyze", json=body).json()
        with events(api.url, body) as sent:
            cached = whole(list(sent))
    assert len(answer["keywords"]["items"]) == 2
    assert cached == answer | {"cache": "hit"}
    assert new == answer | {"cache": "miss"}


def test_sections_from_the_cache_do_not_wait_for_the_others() -> None:
    service = OneHeldUp()
    with running_api(service) as api:
        httpx.post(f"{api.url}/v1/analyze", json={"text": POST, "analyses": ["tone"]})
        with events(api.url, {"text": POST, "analyses": ["tone", "readability"]}) as sent:
            assert next(sent)[1]["name"] == "tone"
            service.let_go.set()
            assert whole(list(sent))["cache"] == "partial"
    assert service.read["tone"] == [POST]


def test_a_section_that_comes_too_late_is_said_to_be() -> None:
    service = OneHeldUp()
    with running_api(service) as api, events(api.url, {"text": POST, "timeout_ms": 300}) as sent:
        answer = whole(list(sent))
        service.let_go.set()
    assert answer["readability"]["status"] == "timeout"
    assert answer["tone"]["status"] == "ok"


def test_what_is_wrong_is_a_problem_as_ever() -> None:
    with running_api() as api:
        response = httpx.post(f"{api.url}/v1/analyze", json={"text": " "}, headers=EVENTS)
    assert response.status_code == PROBLEM_TYPES["blank-text"].status
    assert response.headers["content-type"] == "application/problem+json"


def test_only_who_likes_events_no_less_than_json_gets_them() -> None:
    asked = {
        "text/event-stream;q=0.5, application/json": "application/json",
        "*/*": "application/json",
    }
    asked |= {"Text/Event-Stream": "text/event-stream; charset=utf-8"}
    with running_api() as api:
        for accept, media_type in asked.items():
            response = httpx.post(
                f"{api.url}/v1/analyze", json={"text": POST}, headers={"Accept": accept}
            )
            assert response.headers["content-type"] == media_type


@pytest.mark.parametrize("begun", [False, True])
def test_what_nobody_waits_for_any_more_is_not_begun(begun: bool) -> None:
    """The one place in flight is taken, so that the text of the caller who leaves still waits."""
    service = OneHeldUp(DriverSettings(batches_in_flight=1))
    names = ["tone", "readability"] if begun else ["readability"]
    with running_api(service) as api:
        with events(
            api.url, {"text": "First of all.", "analyses": ["tone", "readability"]}
        ) as first:
            next(first)  # readability of this text is being computed from now on
            leave_early(api.url, {"text": "Nobody waits.", "analyses": names}, begun=begun)
            time.sleep(0.3)  # the end of a connection takes a moment to arrive
            service.let_go.set()
            whole([("section", {"name": "tone"}), *first])
        httpx.post(f"{api.url}/v1/analyze", json={"text": "Last.", "analyses": ["readability"]})
    assert service.read["readability"] == ["First of all.", "Last."]


def leave_early(url: str, body: dict[str, Any], *, begun: bool) -> None:
    """Ask, and go away: behind the first event, or before it."""
    if begun:
        with events(url, body) as sent:
            next(sent)
        return
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{url}/v1/analyze", json=body, headers=EVENTS, timeout=0.5)


def test_sections_of_a_text_that_a_rule_touches_are_the_corrected_ones() -> None:
    rules = RuleSet([Rule(UUID(int=1), RuleKind.SENTIMENT, ("berlin",), "negative")])
    resources = Resources(seen_from=lambda service, workspace: CorrectedAnswers(service, rules))
    with served(build_api(RuleService(), resources=resources)) as url:
        with events(url, {"text": POST}) as sent:
            answer = whole(list(sent))
        plain = httpx.post(f"{url}/v1/analyze", json={"text": POST}).json()
    assert answer["sentiment"]["corrected"]
    assert answer == plain | {"cache": "miss"}
