"""The page of jobs in a real browser, against the real API and a real Postgres."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect

from tests.services.browser import CHROMIUM, faultless, serious_violations
from tests.services.databases import database_for_threads
from tests.services.served_posts import served_posts

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")

FILE = "id,text\na,Thank you all!\nb,\nc,Sorry for the delay.\n"


@pytest.fixture
def url(database_url: str) -> Iterator[str]:
    with database_for_threads(database_url) as database, served_posts(database) as url:
        yield url


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    with faultless(browser, url) as page:
        page.goto(f"{url}/jobs")
        expect(page.locator("#no_jobs")).to_be_visible()
        yield page


def finished(page: Page) -> Locator:
    """The card of the only job, once it has come to its end."""
    card = page.locator("#jobs li.card.completed")
    expect(card).to_have_count(1)
    return card


def send(page: Page, content: str = FILE, name: str = "posts.csv") -> None:
    file = FilePayload(name=name, mimeType="text/csv", buffer=content.encode())
    page.locator("#file").set_input_files(file)


def test_a_file_becomes_a_job_whose_answers_are_downloaded(page: Page, tmp_path: Path) -> None:
    send(page)
    card = finished(page)
    expect(card).to_contain_text("2 analysed, 1 without an answer")
    with page.expect_download() as download:
        card.get_by_role("button", name="Download the answers").click()
    download.value.save_as(tmp_path / "answers.csv")
    header, *rows = (tmp_path / "answers.csv").read_text("utf-8-sig").splitlines()
    assert header.startswith("index,id,status")
    assert [row.split(",")[1] for row in rows] == ["a", "b", "c"]


def test_failures_say_why_and_what_to_do(page: Page) -> None:
    send(page)
    card = finished(page)
    card.get_by_role("button", name="Why not").click()
    failure = card.locator(".failures li")
    expect(failure).to_contain_text("b: Line 3: The text is empty. Send a text with at least one")


def test_a_file_without_posts_is_refused_in_words(page: Page) -> None:
    send(page, "nothing,here\n1,2\n")
    expect(page.locator("#problem")).to_contain_text("column")
    expect(page.locator("#jobs li")).to_have_count(0)


def test_a_job_is_deleted_where_that_is_confirmed(page: Page, url: str) -> None:
    httpx.post(f"{url}/v1/jobs", json={"posts": [{"text": "Hello"}]}).raise_for_status()
    page.reload()
    card = finished(page)
    page.on("dialog", lambda dialog: dialog.accept())
    card.get_by_role("button", name="Delete").click()
    expect(page.locator("#no_jobs")).to_be_visible()
    assert httpx.get(f"{url}/v1/jobs").json()["items"] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_keeps_anybody_out_of_jobs(page: Page, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    send(page)
    finished(page).get_by_role("button", name="Why not").click()
    expect(page.locator(".failures li")).to_have_count(1)
    assert serious_violations(page) == []
