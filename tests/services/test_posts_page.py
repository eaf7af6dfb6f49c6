"""The page of kept posts in a real browser, against the real API and a real Postgres."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.services.browser import CHROMIUM, faultless, serious_violations
from tests.services.databases import database_for_threads
from tests.services.served_posts import served_posts

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")

POSTS = [
    {"text": "🎉 Proud of our team in Berlin! Thank you.", "author": "anna", "tags": ["launch"]},
    {"text": "Sorry, we lost the order of Fernway.", "author": "ben"},
    {"text": "The office opens at nine.", "author": "anna", "published_at": "2025-01-02T09:00:00Z"},
]


@pytest.fixture
def url(database_url: str) -> Iterator[str]:
    with database_for_threads(database_url) as database, served_posts(database) as url:
        httpx.post(f"{url}/v1/posts", json={"posts": POSTS}, timeout=60).raise_for_status()
        yield url


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    with faultless(browser, url) as page:
        page.goto(f"{url}/posts")
        expect(page.locator("#posts li")).to_have_count(3)
        yield page


def test_posts_are_found_as_one_types(page: Page) -> None:
    expect(page.locator("#count")).to_have_text("3 posts")
    page.fill("#q", "order")
    expect(page.locator("#posts li")).to_have_count(1)
    expect(page.locator("#posts .match")).to_have_text("order")
    page.fill("#q", "")
    page.locator("summary").click()
    page.fill("[name=author]", "anna")
    expect(page.locator("#posts li")).to_have_count(2)
    page.select_option("[name=sentiment]", "positive")
    expect(page.locator("#posts li")).to_have_count(1)
    page.locator("[type=reset]").click()
    expect(page.locator("#posts li")).to_have_count(3)


def test_a_post_is_shown_with_its_marks_and_what_changed(page: Page, url: str) -> None:
    found = httpx.get(f"{url}/v1/posts", params={"tag": "launch"}).json()["items"][0]
    changed = found["text"].replace("Berlin", "Madrid")
    httpx.patch(f"{url}/v1/posts/{found['id']}", json={"text": changed}).raise_for_status()
    page.locator("#posts button", has_text="Proud").click()
    expect(page.locator("#reading")).to_have_text(changed)
    expect(page.locator("#reading .entity")).to_have_text("Madrid")
    expect(page.locator("#sentiment .verdict")).to_contain_text("Positive")
    expect(page.locator("#readability")).to_contain_text("words")
    expect(page.locator("#compared del")).to_have_text("Berlin")
    expect(page.locator("#compared ins")).to_have_text("Madrid")


def test_a_service_that_is_away_is_told(page: Page) -> None:
    page.route("**/v1/posts?*", lambda route: route.abort())
    page.fill("#q", "order")
    expect(page.locator("#problem")).to_contain_text("The service cannot be reached")
    page.unroute("**/v1/posts?*")
    page.fill("#q", "office")
    expect(page.locator("#posts li")).to_have_count(1)
    expect(page.locator("#problem")).to_be_hidden()


def test_conditions_come_with_the_address(page: Page, url: str) -> None:
    page.goto(f"{url}/posts?author=anna&since=2025-01-01T00:00:00Z&until=2025-02-01T00:00:00Z")
    expect(page.locator("#posts .text")).to_have_text(["The office opens at nine."])
    expect(page.locator("[name=author]")).to_have_value("anna")
    page.get_by_role("button", name="Take away: Until").click()
    expect(page.locator("#posts li")).to_have_count(2)
    page.locator("[type=reset]").click()
    expect(page.locator("#posts li")).to_have_count(3)
    expect(page.locator("#further li")).to_have_count(0)


def test_a_condition_that_is_none_is_refused_and_can_be_taken_away(page: Page, url: str) -> None:
    page.goto(f"{url}/posts?since=yesterday")
    expect(page.locator("#problem")).to_contain_text("since")
    page.get_by_role("button", name="Take away: Since: yesterday").click()
    expect(page.locator("#posts li")).to_have_count(3)


def test_a_post_is_deleted_after_a_question(page: Page) -> None:
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator("#posts button", has_text="Sorry").click()
    page.locator("#delete").click()
    expect(page.locator("#posts li")).to_have_count(2)
    expect(page.locator("#hint")).to_be_visible()


def test_a_file_is_imported_and_bad_rows_are_named(page: Page, tmp_path: Path) -> None:
    rows = [{"text": f"Imported number {number}."} for number in range(5)] + [{"text": " "}]
    file = tmp_path / "posts.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)))
    page.locator("#file").set_input_files(file)
    expect(page.locator("#imported")).to_have_text("5 rows taken, 1 refused")
    expect(page.locator("#refused li")).to_have_count(1)
    expect(page.locator("#count")).to_have_text("8 posts")


def test_the_keyboard_is_enough(page: Page) -> None:
    page.locator("#q").focus()
    page.keyboard.type("office")
    expect(page.locator("#posts li")).to_have_count(1)
    page.keyboard.press("Tab")  # the filters
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#reading")).to_contain_text("office")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_keeps_a_reader_out(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
    page.locator("summary").click()
    page.locator("#posts button").first.click()
    expect(page.locator("#post")).to_be_visible()
    assert serious_violations(page) == []


@pytest.mark.parametrize("code", ["es", "de", "pl"])
def test_it_speaks_the_reader_s_language(page: Page, code: str) -> None:
    page.set_viewport_size({"width": 360, "height": 760})
    page.select_option("#language", code)
    expect(page.locator("html")).to_have_attribute("lang", code)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 360
