"""The page of trends in a real browser, against the real API and a real Postgres."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from deployments.results import EMOTIONS
from serve_app.trends.measures import MEASURES
from tests.services.browser import CHROMIUM, faultless, serious_violations
from tests.services.databases import database_for_threads
from tests.services.served_posts import served_posts

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")

SPRING = [
    {"text": "Proud of our team at Fernway.", "published_at": "2025-01-10T12:00:00Z"},
    {"text": "Sorry, we lost the order of Fernway.", "published_at": "2025-01-11T12:00:00Z"},
    {"text": "Notes from the audit at Kettner.", "published_at": "2025-01-12T12:00:00Z"},
    {"text": "We opened an office with Kettner. #news", "published_at": "2025-03-10T12:00:00Z"},
]
MONTHS = "bucket=month&since=2025-01-01&until=2025-04-01"


def recent_posts() -> list[dict[str, object]]:
    """A hashtag in most posts since yesterday and in none before, and one in a single post."""
    now = datetime.now(UTC)
    times = [now - timedelta(hours=hours) for hours in (*range(1, 22), *range(192, 211))]
    tags = [*["#merger"] * 20, "#rare", *[""] * 19]
    return [
        {"text": f"The office opens. {tag}", "published_at": time.isoformat()}
        for tag, time in zip(tags, times, strict=True)
    ]


@pytest.fixture
def url(database_url: str) -> Iterator[str]:
    with database_for_threads(database_url) as database, served_posts(database) as url:
        httpx.post(f"{url}/v1/posts", json={"posts": SPRING}, timeout=60).raise_for_status()
        yield url


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    with faultless(browser, url) as page:
        page.goto(f"{url}/trends?{MONTHS}")
        expect(page.locator(".plot")).to_have_count(2)
        yield page


def test_the_keyboard_leads_from_a_point_to_its_posts(page: Page) -> None:
    shares = page.get_by_role("slider", name="Share of posts")
    shares.press("Home")
    expect(shares).to_have_attribute("aria-valuetext", "January 2025: positive 33%")
    shares.press("ArrowDown")
    shares.press("ArrowDown")
    expect(shares).to_have_attribute("aria-valuetext", "January 2025: negative 33%")
    shares.press("ArrowRight")
    expect(shares).to_have_attribute("aria-valuetext", "February 2025: negative –")
    shares.press("ArrowLeft")
    shares.press("Enter")
    expect(page.locator("#posts .text")).to_have_text(["Sorry, we lost the order of Fernway."])
    page.go_back()
    expect(page.locator(".plot")).to_have_count(2)


def test_a_click_on_a_point_leads_to_its_posts(page: Page) -> None:
    page.locator(".u-over").first.click(position={"x": 2, "y": 90})
    expect(page.locator("#posts li")).to_have_count(3)
    expect(page.locator("#further li")).to_have_count(2)


def test_the_table_has_the_same_figures(page: Page) -> None:
    page.get_by_label("As a table").check()
    expect(page.locator("canvas")).to_have_count(0)
    table = page.get_by_role("table", name="Share of posts")
    expect(table.locator("thead th")).to_have_text(
        ["Month", "positive", "neutral", "negative", "mixed"]
    )
    expect(table.locator("tbody tr")).to_have_count(3)
    expect(table.locator("tbody tr").first).to_have_text("January 202533%33%33%0%")
    expect(table.locator("tbody tr").nth(1)).to_have_text("February 2025––––")
    table.get_by_role("link", name="March 2025").click()
    expect(page.locator("#posts .text")).to_have_text(["We opened an office with Kettner. #news"])


def test_a_line_can_be_hidden(page: Page) -> None:
    drawn = "document.querySelectorAll('canvas')[1].toDataURL()"
    before = page.evaluate(drawn)
    toggle = page.get_by_role("button", name="positive 50%")
    toggle.click()
    expect(toggle).to_have_attribute("aria-pressed", "false")
    page.wait_for_function(f"before => {drawn} !== before", arg=before)


def test_no_more_than_eight_lines_are_shown_at_first(page: Page) -> None:
    page.get_by_label("Measure").select_option("emotions")
    expect(page.locator(".lines button")).to_have_count(len(EMOTIONS) - 1)  # less "neutral"
    expect(page.locator(".lines [aria-pressed=true]")).to_have_count(8)
    chart = page.get_by_role("slider")
    for _ in EMOTIONS:
        chart.press("ArrowDown")
    last = page.locator(".lines button").nth(7).inner_text().split()[0]
    expect(chart).to_have_attribute("aria-valuetext", re.compile(f": {last} "))
    page.locator(".lines button").last.click()
    expect(page.locator(".lines [aria-pressed=true]")).to_have_count(9)
    chart.press("ArrowDown")
    last = page.locator(".lines button").last.inner_text().split()[0]
    expect(chart).to_have_attribute("aria-valuetext", re.compile(f": {last} "))


def test_every_measure_is_drawn(page: Page) -> None:
    for measure in MEASURES:
        page.get_by_label("Measure").select_option(measure)
        if measure == "share":
            expect(page.locator("#ask_names")).to_be_visible()
            page.get_by_label("Names, parted by commas").fill("fernway, kettner")
        expect(page).to_have_url(re.compile(f"measure={measure}&"))
        expect(page.locator("canvas").first).to_be_visible()
    expect(page.locator(".lines button")).not_to_have_count(0)


def test_lines_are_the_names_that_are_asked_for(page: Page) -> None:
    page.get_by_label("Measure").select_option("share")
    page.get_by_label("Names, parted by commas").fill("fernway,kettner")
    expect(page.locator(".lines button")).to_have_text(["fernway 50%", "kettner 50%"])
    chart = page.get_by_role("slider")
    chart.press("Home")
    chart.press("Enter")
    expect(page.locator("#posts li")).to_have_count(2)
    expect(page.locator("[name=entity]")).to_have_value("fernway")


def test_a_measure_is_that_of_the_posts_with_a_name(page: Page) -> None:
    page.get_by_label("Name in the post").fill("kettner")
    expect(page.get_by_role("button", name="negative")).to_have_text("negative 0%")
    table = page.get_by_label("As a table")
    table.check()
    chart = page.get_by_role("table", name="Mean sentiment")
    expect(chart.locator("tbody tr").first).to_have_text("January 20250.00")


def test_an_empty_time_says_so(page: Page) -> None:
    page.get_by_label("Author").fill("nobody")
    expect(page.locator("#none")).to_be_visible()
    expect(page.locator(".plot")).to_have_count(0)
    page.get_by_label("Until").fill("1991-01-01")
    expect(page.locator("#problem")).to_contain_text("'until'")


def test_terms_that_rise_lead_to_their_posts(page: Page, url: str) -> None:
    httpx.post(f"{url}/v1/posts", json={"posts": recent_posts()}, timeout=60).raise_for_status()
    page.goto(f"{url}/trends")
    rising = page.locator("#changing .terms").first.get_by_role("listitem")
    expect(rising.first).to_have_class("significant")
    expect(rising.first).to_contain_text("Hashtags · 0 → 20 posts · significant")
    rare = page.locator("#changing li").filter(has_text="rare")
    expect(rare.first).to_contain_text("too few to tell")
    rising.first.get_by_role("link", name="merger").click()
    expect(page.locator("#count")).to_have_text("20 posts")
    condition = page.get_by_role("button", name="Take away: Hashtag: merger")
    condition.click()
    expect(condition).to_have_count(0)
    expect(page.locator("#count")).to_have_text("21 posts")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_keeps_a_reader_out(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
    assert serious_violations(page) == []
    page.get_by_label("As a table").check()
    expect(page.get_by_role("table")).to_have_count(2)
    assert serious_violations(page) == []


@pytest.mark.parametrize("code", ["es", "fr", "de", "pl"])
def test_it_speaks_the_reader_s_language(page: Page, code: str) -> None:
    page.set_viewport_size({"width": 360, "height": 760})
    page.select_option("#language", code)
    expect(page.locator("html")).to_have_attribute("lang", code)
    expect(page.locator("canvas")).to_have_count(2)
    page.wait_for_function("document.documentElement.scrollWidth <= 360")


def test_it_asks_for_a_key(browser: Browser, database_url: str) -> None:
    with (
        database_for_threads(database_url) as database,
        served_posts(database, keys=("acme:secret-key-of-acme",)) as url,
        faultless(browser, url) as page,
    ):
        page.goto(f"{url}/trends")
        page.get_by_label("API key").fill("secret-key-of-acme")
        page.get_by_role("button", name="Use it").click()
        expect(page.locator("#none")).to_be_visible()
        expect(page.locator("#problem")).to_be_hidden()
