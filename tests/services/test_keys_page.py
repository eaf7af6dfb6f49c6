"""The page of keys in a real browser, against the real API and a real Postgres."""

import re
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.services.browser import CHROMIUM, faultless, serious_violations
from tests.services.databases import database_for_threads
from tests.services.served_posts import served_posts

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")


@pytest.fixture
def url(database_url: str) -> Iterator[str]:
    with database_for_threads(database_url) as database, served_posts(database) as url:
        yield url


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    with faultless(browser, url) as page:
        page.goto(f"{url}/keys")
        expect(page.locator("#no_keys")).to_be_visible()
        yield page


def keys(url: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = httpx.get(f"{url}/v1/keys").json()["items"]
    return items


def make_key(page: Page, name: str) -> str:
    """Make a key for reading; what the page shows of it."""
    page.get_by_role("button", name="New key").click()
    dialog = page.get_by_role("dialog", name="New key")
    dialog.get_by_label("Name of the key").fill(name)
    for scope in ("analyse texts", "write posts", "jobs"):
        dialog.get_by_label(scope, exact=True).uncheck()
    dialog.get_by_label("Good for so many days").fill("30")
    dialog.get_by_role("button", name="Make it").click()
    expect(dialog).to_be_hidden()
    expect(page.locator("#made h3")).to_have_text(name)
    return page.locator("#made code").inner_text()


def test_a_key_is_made_shown_once_and_good(page: Page, url: str) -> None:
    secret = make_key(page, "Dashboard")
    headers = {"Authorization": f"Bearer {secret}"}
    assert httpx.get(f"{url}/v1/posts", headers=headers).status_code == 200
    assert httpx.post(f"{url}/v1/posts", json={"text": "a"}, headers=headers).status_code == 403
    [key] = keys(url)
    assert (key["name"], key["scopes"]) == ("Dashboard", ["posts:read"])
    card = page.locator("#keys li")
    expect(card).to_contain_text(f"begins with {key['hint']} · in force until")
    page.reload()
    expect(card).to_have_count(1)
    assert secret not in page.content()


def test_a_key_is_given_a_new_secret_and_revoked(page: Page, url: str) -> None:
    first = make_key(page, "Dashboard")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="New secret").click()
    code = page.locator("#made code")
    expect(code).not_to_have_text(first)
    second = code.inner_text()
    expect(page.locator("#keys li")).to_contain_text("the secret before is good until")
    page.get_by_role("button", name="Revoke").click()
    expect(page.locator("#keys li")).to_contain_text("revoked on")
    expect(page.get_by_role("button", name="Revoke")).to_have_count(0)
    assert re.fullmatch(r"plk_[\w-]{43}", second)
    assert not keys(url)[0]["in_force"]


def test_what_is_wrong_is_said_in_the_form(page: Page) -> None:
    page.get_by_role("button", name="New key").click()
    dialog = page.get_by_role("dialog", name="New key")
    dialog.get_by_label("Name of the key").fill("None")
    for scope in ("analyse texts", "read posts", "write posts", "jobs"):
        dialog.get_by_label(scope, exact=True).uncheck()
    dialog.get_by_role("button", name="Make it").click()
    expect(page.locator("#form_problem")).to_contain_text("at least 1")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()


def ask(url: str, name: str, posts: int, **limits: int) -> None:
    """Have so many posts analysed with a new key, until its usage tells so."""
    body = {"name": name, "scopes": ["analyze"], **limits}
    key = httpx.post(f"{url}/v1/keys", json=body).json()
    headers = {"Authorization": f"Bearer {key['key']}"}
    sent = {"posts": [{"text": f"We won {number}."} for number in range(posts)]}
    httpx.post(f"{url}/v1/analyze/batch", json=sent, headers=headers).raise_for_status()
    deadline = time.monotonic() + 30
    while httpx.get(f"{url}/v1/usage", params={"key": key["id"]}).json()["total"]["posts"] < posts:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def rows(page: Page, table: str) -> list[str]:
    """The rows of a table of usage, its cells parted by blanks."""
    found = page.get_by_role("region", name=table).get_by_role("row")
    expect(found.first).to_be_visible()
    return [" ".join(row.split()) for row in found.all_inner_texts()]


def test_usage_is_told_by_key_and_day_with_what_is_left(page: Page, url: str) -> None:
    expect(page.locator("#no_usage")).to_be_visible()
    ask(url, "Newsroom", 3, posts_per_minute=600, posts_per_month=1000, characters_per_month=90)
    ask(url, "Dashboard", 2)
    page.reload()
    by_key = rows(page, "By key")
    assert by_key[0] == "Key Posts Characters Requests Limits, and what is left"
    [newsroom] = [row for row in by_key if row.startswith("Newsroom")]
    assert newsroom.startswith(
        "Newsroom 3 27 1 600 posts a minute · 997 of 1,000 posts left · 63 of 90 characters left · "
        "until "
    )
    assert "Dashboard 2 18 1 none" in by_key
    assert by_key[-1] == "All 5 45 2"
    by_day = rows(page, "By day")
    assert by_day[1].endswith(" 5 45 2")
    assert by_day[-1] == "All 5 45 2"
    page.locator("#asked [name=key]").select_option("Dashboard")
    expect(page.get_by_role("region", name="By day · Dashboard")).to_be_visible()
    assert rows(page, "By day · Dashboard")[-1] == "All 2 18 1"
    page.locator("#asked [name=days]").select_option("7 days")
    expect(page.get_by_role("region", name="By day · Dashboard")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_keeps_anybody_out(page: Page, url: str, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    ask(url, "Newsroom", 3, posts_per_month=1000)
    page.reload()
    expect(page.get_by_role("region", name="By day")).to_be_visible()
    make_key(page, "Dashboard")
    assert serious_violations(page) == []
    page.get_by_role("button", name="New key").click()
    assert serious_violations(page) == []
