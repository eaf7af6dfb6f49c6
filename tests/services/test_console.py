"""The console and the documentation in a real browser, against the real API."""

import asyncio
import socket
import threading
from collections.abc import Iterator, Sequence
from typing import Literal, Self

import orjson
import pytest
import uvicorn
from playwright.sync_api import (
    Browser,
    Page,
    Request,
    Route,
    WebSocket,
    expect,
)

from deployments.results import Status
from serve_app.api.application import build_api
from serve_app.settings import ApiKey, ApiSettings
from tests.services.browser import CHROMIUM, faultless, serious_violations
from tests.services.rule_service import RuleService

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")


class Site:
    """The API on a free port of loopback, in a thread."""

    def __init__(
        self,
        service: RuleService,
        keys: Sequence[ApiKey] = (),
        settings: ApiSettings | None = None,
    ) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        api = build_api(service, api_keys=keys, settings=settings)
        config = uvicorn.Config(api, lifespan="off", log_level="error")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        asyncio.run(self._server.serve([self._socket]))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        self._socket.close()


@pytest.fixture
def service() -> RuleService:
    return RuleService()


@pytest.fixture
def site(service: RuleService) -> Iterator[Site]:
    with Site(service) as site:
        yield site


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """A page that fails the test for any script error, or any request to elsewhere."""
    with faultless(browser, site.url) as page:
        yield page


def _open(page: Page, site: Site) -> None:
    """The page, its first sample there: what is typed before would stand behind it."""
    page.goto(site.url)
    expect(page.locator("#count")).not_to_be_empty()


def test_the_sample_is_analysed_on_arrival(page: Page, site: Site) -> None:
    _open(page, site)
    expect(page.locator("#sentiment .verdict")).to_contain_text("7 sentences")
    expect(page.locator("#state")).to_contain_text("computed now")
    expect(page.locator("#reading .entity").first).to_have_text("Maya ")
    expect(page.locator("#signals")).to_contain_text("#startups")
    expect(page.locator("#readability")).to_contain_text("years of US school")
    assert page.locator("#reading").inner_text() == page.locator("#post").input_value()


def test_a_german_post_has_german_formulas_and_no_school_years(page: Page, site: Site) -> None:
    _open(page, site)
    text = "Wir freuen uns sehr, dass unsere neue Kollegin im Oktober bei uns anfängt."
    page.fill("#post", text)
    expect(page.locator("#readability")).to_contain_text("Wiener Sachtextformel")
    expect(page.locator("#readability blockquote")).to_have_text(text)
    expect(page.locator("#readability")).to_contain_text("Hardest sentence:")
    expect(page.locator("#readability")).not_to_contain_text("US school")
    expect(page.locator("#readability")).not_to_contain_text("Gunning")


def test_mixed_evidence_and_repeated_mentions_are_shown(page: Page, site: Site) -> None:
    _open(page, site)
    text = "🎉 We opened in Lisbon. Sorry, we lost Lisbon!"
    page.fill("#post", text)
    expect(page.locator("#sentiment .mixed")).to_contain_text("praises and complains")
    expect(page.locator("#tone .verdict")).to_have_text("Grateful")
    expect(page.locator("#tone blockquote").last).to_contain_text("Sorry, we lost Lisbon!")
    expect(page.locator("#entities li")).to_have_text(["Lisbon ×2ORG"])
    expect(page.locator("#keywords")).to_contain_text("Lisbon ×2")
    marked = page.locator("#reading .keyword").filter(has_text="Lisbon")
    expect(marked).to_have_text(["Lisbon", "Lisbon"])


def test_marks_stand_right_after_emoji(page: Page, site: Site) -> None:
    _open(page, site)
    text = "🎉👩‍👩‍👧 𝗪𝗲 are proud of Fernway."
    page.fill("#post", text)
    expect(page.locator("#reading")).to_have_text(text)
    expect(page.locator("#reading .entity")).to_have_text("Fernway")


def test_it_follows_the_typing_and_knows_the_cache(page: Page, site: Site) -> None:
    _open(page, site)
    page.fill("#post", "We are proud.")
    expect(page.locator("#sentiment .verdict")).to_contain_text("1 sentence")
    page.fill("#post", "We are sorry. Truly.")
    expect(page.locator("#sentiment .verdict")).to_contain_text("2 sentences")
    page.fill("#post", "We are proud.")
    expect(page.locator("#state")).to_contain_text("from the cache")


def test_markup_in_a_post_is_only_text(page: Page, site: Site) -> None:
    _open(page, site)
    text = "We met <img src=x onerror=alert(1)> & <b>Fernway</b> today. #a<b>"
    page.fill("#post", text)
    expect(page.locator("#reading")).to_have_text(text)
    assert page.locator("#reading img, #reading b, #signals img").count() == 0


def test_a_refusal_is_shown_with_its_remedy_and_goes_away(page: Page, site: Site) -> None:
    _open(page, site)
    page.fill("#post", "\u200b")
    expect(page.get_by_role("alert")).to_contain_text("none of them is visible")
    expect(page.get_by_role("alert")).to_contain_text("at least one visible character")
    page.fill("#post", "Hello again.")
    expect(page.locator("#problem")).to_be_hidden()


def test_one_late_section_does_not_hide_the_others(
    page: Page, site: Site, service: RuleService
) -> None:
    service.statuses["tone"] = Status.TIMEOUT
    _open(page, site)
    expect(page.locator("#tone .body")).to_have_text("tone ended with timeout.")
    expect(page.locator("#sentiment .verdict")).to_be_visible()


def test_a_key_is_asked_for_where_one_is_needed(browser: Browser, service: RuleService) -> None:
    with Site(service, keys=(ApiKey.parse("open"),)) as site:
        page = browser.new_page()
        _open(page, site)
        page.get_by_label("API key").fill("open")
        page.get_by_role("button", name="Use it").click()
        expect(page.locator("#sentiment .verdict")).to_be_visible()
        expect(page.locator("#access")).to_be_hidden()
        page.close()


def test_it_speaks_the_browsers_language_and_the_one_chosen(browser: Browser, site: Site) -> None:
    context = browser.new_context(locale="es-MX")
    page = context.new_page()
    _open(page, site)
    page.fill("#post", "We are proud. Truly.")
    expect(page.locator("#sentiment .verdict")).to_contain_text("en 2 frases")
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(page.get_by_role("textbox", name="Tu publicación")).to_be_visible()
    page.get_by_label("Idioma").select_option(label="Polski")
    # What is shown is said anew, without a question to the service.
    expect(page.locator("#sentiment .verdict")).to_contain_text("w 2 zdaniach")
    expect(page.locator("#state")).to_contain_text("język: angielski")
    expect(page.locator("#tone .verdict")).to_have_text("Wdzięczny")
    assert page.locator("#post").input_value() == "We are proud. Truly."
    page.reload()
    expect(page.locator("#sentiment h3")).to_have_text("Wydźwięk")
    expect(page.get_by_label("Język")).to_have_value("pl")
    context.close()


def test_its_samples_are_in_its_language(browser: Browser, site: Site) -> None:
    context = browser.new_context(locale="de-AT")
    page = context.new_page()
    _open(page, site)
    expect(page.locator("#reading")).to_contain_text("Stromkreis Uckermark")
    page.get_by_role("button", name="Anderes Beispiel").click()
    expect(page.locator("#reading")).to_contain_text("Kettner Textilmaschinen")
    page.get_by_label("Sprache").select_option("sv")
    expect(page.locator("#reading")).to_contain_text("Lysekil")
    context.close()


def test_it_speaks_english_where_it_has_no_words_of_the_browsers_language(
    browser: Browser, site: Site
) -> None:
    context = browser.new_context(locale="ja-JP")
    page = context.new_page()
    _open(page, site)
    expect(page.locator("#sentiment .verdict")).to_contain_text("sentences")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    context.close()


@pytest.mark.parametrize("code", ["es", "pt", "fr", "de", "it", "nl", "sv", "da", "pl"])
def test_no_language_sticks_out_of_a_telephone(browser: Browser, site: Site, code: str) -> None:
    context = browser.new_context(locale=code, viewport={"width": 360, "height": 800})
    page = context.new_page()
    _open(page, site)
    page.wait_for_selector(".verdict")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.evaluate("document.documentElement.lang") == code
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_sticks_out_in_either_theme(
    browser: Browser, site: Site, scheme: Literal["light", "dark"], width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    _open(page, site)
    page.wait_for_selector(".verdict")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_the_documentation_works_without_the_internet(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/docs")
    expect(page.locator(".opblock")).to_have_count(7)
    page.locator(".opblock-summary-get").filter(has_text="/v1/health/live").click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    expect(page.locator(".live-responses-table")).to_contain_text('"live"')


def test_marks_follow_the_keys_and_the_whole_answer_a_pause(page: Page, site: Site) -> None:
    posts, frames = _watched(page)
    _open(page, site)
    page.fill("#post", "We are proud. ")
    expect(page.locator("#sentiment .verdict")).to_contain_text("1 sentence")
    before = page.locator("#state").inner_text()
    page.evaluate(_NOTE_STATES)
    frames.clear()
    page.locator("#post").press_sequentially("Sorry, we lost Berlin", delay=40)
    expect(page.locator("#sentiment .verdict")).to_contain_text("2 sentences")
    expect(page.locator("#reading .negative.entity")).to_have_text("Berlin")
    answers = [orjson.loads(frame) for frame in frames]
    drafts = [answer["draft"] for answer in answers if "draft" in answer]
    assert {s["label"] for s in drafts[-1]["sentiment"]["sentences"]} == {"positive", "negative"}
    assert len([answer for answer in answers if "done" in answer]) == 1
    assert posts == []
    # Nothing is read aloud with each key: what is announced changes with the answers alone.
    states = page.evaluate("window.states")
    assert len(set(states) - {before}) == 1
    assert serious_violations(page) == []


_NOTE_STATES = """() => {
  window.states = [];
  const state = document.getElementById("state");
  new MutationObserver(() => window.states.push(state.textContent))
    .observe(state, { childList: true, characterData: true, subtree: true });
}"""


def _watched(page: Page) -> tuple[list[str], list[str]]:
    """The posts that the page sends, and the messages that it gets over channels."""
    posts: list[str] = []
    frames: list[str] = []

    def watch_request(request: Request) -> None:
        if request.url.endswith("/v1/analyze"):
            posts.append(request.url)

    def watch_channel(channel: WebSocket) -> None:
        channel.on("framereceived", lambda frame: frames.append(str(frame)))

    page.on("request", watch_request)
    page.on("websocket", watch_channel)
    return posts, frames


def test_a_channel_that_was_closed_is_opened_again(browser: Browser, service: RuleService) -> None:
    channels: list[WebSocket] = []
    settings = ApiSettings(draft_idle_s=0.8)
    with Site(service, settings=settings) as site, faultless(browser, site.url) as page:
        posts, _ = _watched(page)
        page.on("websocket", lambda channel: channels.append(channel))
        _open(page, site)
        expect(page.locator("#sentiment .verdict")).to_contain_text("7 sentences")
        if not channels[0].is_closed():
            channels[0].wait_for_event("close")
        page.fill("#post", "We are proud.")
        expect(page.locator("#sentiment .verdict")).to_contain_text("1 sentence")
    assert len(channels) == 2
    assert posts == []


@pytest.mark.parametrize("channels", [0, 64])
def test_it_asks_by_post_where_no_channel_answers(
    browser: Browser, service: RuleService, channels: int
) -> None:
    """Where none is opened, and where something on the way opens it and ends it at once."""
    settings = ApiSettings(draft_channels=channels)
    with Site(service, settings=settings) as site, faultless(browser, site.url) as page:
        posts, _ = _watched(page)
        if channels:
            page.route_web_socket("**/v1/drafts", lambda channel: channel.close())
        _open(page, site)
        expect(page.locator("#sentiment .verdict")).to_contain_text("7 sentences")
        page.fill("#post", "We are proud.")
        expect(page.locator("#sentiment .verdict")).to_contain_text("1 sentence")
    assert len(posts) == 2


@pytest.mark.parametrize(
    "before,after,expected",
    [
        ("ab cd", "ab cde", [[0, 2], [3, 5]]),
        ("ab cd", "xab cd", [[1, 3], [4, 6]]),
        ("ab cd", "axb cd", [[0, 3], [4, 6]]),
        ("ab cd", "ab X cd", [[0, 2], [5, 7]]),
        ("ab cd", "ab", [[0, 2]]),
        ("ab cd", "b cd", [[0, 1], [2, 4]]),
        ("aa aa", "aa a", [[0, 2], [3, 4]]),
        ("ab cd", "", []),
        ("ab cd", "new", []),
    ],
)
def test_marks_are_carried_over_a_change(
    page: Page, site: Site, before: str, after: str, expected: list[list[int]]
) -> None:
    _open(page, site)
    carried = """async ([before, after]) => {
      const { carried } = await import("/assets/carried.js");
      const marks = [{ start: 0, end: 2 }, { start: 3, end: 5 }];
      return carried(marks, before, after).map(({ start, end }) => [start, end]);
    }"""
    assert page.evaluate(carried, [before, after]) == expected


def test_a_section_without_a_view_shows_its_plain_values(page: Page, site: Site) -> None:
    page.route_web_socket("**/v1/drafts", lambda channel: channel.close())

    def add_section(route: Route) -> None:
        response = route.fetch()
        section = {
            "status": "ok",
            "took_ms": 1.0,
            "characters": 7,
            "covered": {"start": 0, "end": 7},
        }
        route.fulfill(response=response, json={**response.json(), "length": section})

    page.route("**/v1/analyze", add_section)
    _open(page, site)
    expect(page.locator("#length h3")).to_have_text("Length")
    expect(page.locator("#length li")).to_have_text(["characters 7"])
    page.fill("#post", "We won.")
    expect(page.locator("#length")).to_have_count(1)
