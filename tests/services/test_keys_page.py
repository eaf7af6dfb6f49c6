"""The page of keys in a real browser, against the real API and a real Postgres."""

import re
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


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_keeps_anybody_out(page: Page, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    make_key(page, "Dashboard")
    assert serious_violations(page) == []
    page.get_by_role("button", name="New key").click()
    assert serious_violations(page) == []
