"""The page of alarms in a real browser, against the real API and a real Postgres."""

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.services.browser import CHROMIUM, faultless, serious_violations
from tests.services.databases import database_for_threads
from tests.services.served_posts import served_posts

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")

RULE = {"name": "Mood", "measure": "negative_share", "direction": "above"}
#: An evaluation follows each commit and each half minute; machines may be slow.
ALARM_WITHIN_S = 120


@pytest.fixture
def url(database_url: str) -> Iterator[str]:
    with database_for_threads(database_url) as database, served_posts(database) as url:
        yield url


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    with faultless(browser, url) as page:
        page.goto(f"{url}/alerts")
        expect(page.locator("#no_rules")).to_be_visible()
        yield page


def rules(url: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = httpx.get(f"{url}/v1/alerts").json()["items"]
    return items


def make_rule(page: Page, name: str) -> Locator:
    page.get_by_role("button", name="New rule").click()
    page.get_by_label("Name of the rule").fill(name)
    page.get_by_role("button", name="Save").click()
    rule = page.locator("#rules li").filter(has_text=name)
    expect(rule).to_be_visible()
    return rule


def raise_alarm(url: str) -> None:
    """Five weeks in which every fifth post is negative, then a day in which all are."""
    now = datetime.now(UTC)
    texts = [(n, "Sorry" if n % 5 == 0 or n <= 24 else "Thank you") for n in range(24 * 33)]
    posts = [
        {"text": f"{word}, Berlin {n}", "published_at": (now - timedelta(hours=n)).isoformat()}
        for n, word in texts
    ]
    httpx.post(f"{url}/v1/posts", json={"posts": posts}, timeout=60).raise_for_status()
    httpx.post(f"{url}/v1/alerts", json=RULE, timeout=60).raise_for_status()
    deadline = time.monotonic() + ALARM_WITHIN_S
    while not httpx.get(f"{url}/v1/alerts/events").json()["items"]:
        assert time.monotonic() < deadline, f"no alarm within {ALARM_WITHIN_S} s"
        time.sleep(0.2)


def test_a_rule_is_made_with_what_was_chosen(page: Page, url: str) -> None:
    page.get_by_role("button", name="New rule").click()
    dialog = page.get_by_role("dialog", name="New rule")
    dialog.get_by_label("Name of the rule").fill("Fernway in a bad light")
    dialog.get_by_label("Measure").select_option(label="Share of negative posts")
    dialog.get_by_label("Direction").select_option("above")
    dialog.get_by_label("Name in the post").fill("fernway:ORG")
    dialog.locator("summary").click()
    dialog.get_by_label("Longest window").fill("48")
    dialog.get_by_label("Smallest change").fill("0.1")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    expect(page.locator("#rules li")).to_contain_text("Name in the post: fernway:ORG")
    [rule] = rules(url)
    said = {
        "name": "Fernway in a bad light",
        "measure": "negative_share",
        "scope": {"entity": "fernway:ORG"},
        "direction": "above",
        "sensitivity": "medium",
        "window_hours": 48,
        "min_posts": 20,
        "min_change": 0.1,
        "delay_hours": 0,
    }
    assert {name: rule[name] for name in said} == said


def test_the_webhooks_that_are_told_are_chosen(page: Page, url: str) -> None:
    ids = []
    for name in ("Desk", "Archive"):
        webhook = {"url": f"https://example.org/{name}", "description": name}
        answer = httpx.post(f"{url}/v1/webhooks", json=webhook).raise_for_status()
        ids.append(answer.json()["id"])
    rule = make_rule(page, "Mood")
    assert [each["webhooks"] for each in rules(url)] == [None]
    for boxes, chosen in ((["Desk"], ids[:1]), (["Archive"], ids)):
        rule.get_by_role("button", name="Edit").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("All webhooks").uncheck()
        for name in boxes:
            dialog.get_by_label(name).check()
        assert serious_violations(page) == []
        dialog.get_by_role("button", name="Save").click()
        expect(dialog).to_be_hidden()
        assert [each["webhooks"] for each in rules(url)] == [chosen]
    rule.get_by_role("button", name="Edit").click()
    page.get_by_label("All webhooks").check()
    expect(page.get_by_label("Desk")).to_be_hidden()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert [each["webhooks"] for each in rules(url)] == [None]


def test_what_does_not_go_together_is_said_in_the_dialog(page: Page, url: str) -> None:
    page.get_by_role("button", name="New rule").click()
    page.get_by_label("Name of the rule").fill("Both")
    page.get_by_label("Author").fill("anna")
    page.get_by_label("Tag", exact=True).fill("launch")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#rule_problem")).to_contain_text("'author' and 'tag'")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert rules(url) == []


def test_a_rule_is_edited_paused_resumed_and_deleted(page: Page, url: str) -> None:
    rule = make_rule(page, "Mood")
    rule.get_by_role("button", name="Edit").click()
    expect(page.get_by_label("Name of the rule")).to_have_value("Mood")
    page.get_by_label("Sensitivity").select_option("high")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    rule.get_by_role("button", name="Pause").press("Enter")
    expect(rule).to_contain_text("paused")
    expect(rule.get_by_role("button", name="Resume")).to_be_focused()
    assert [(each["sensitivity"], each["enabled"]) for each in rules(url)] == [("high", False)]
    rule.get_by_role("button", name="Resume").click()
    expect(rule.get_by_role("button", name="Pause")).to_be_visible()
    page.once("dialog", lambda dialog: dialog.dismiss())
    rule.get_by_role("button", name="Delete").click()
    assert len(rules(url)) == 1
    page.once("dialog", lambda dialog: dialog.accept())
    rule.get_by_role("button", name="Delete").click()
    expect(page.locator("#no_rules")).to_be_visible()
    assert rules(url) == []


def test_an_alarm_says_how_far_it_is_from_its_baseline(page: Page, url: str) -> None:
    raise_alarm(url)
    page.reload()
    alarm = page.locator("#alarms li")
    expect(alarm.locator(".deviation")).to_have_text("100% instead of 20%")
    expect(alarm).to_contain_text("Share of negative posts · all posts · 2")
    expect(page.locator("#rules li")).to_contain_text("alarmed · usually 20%")
    assert serious_violations(page) == []
    alarm.get_by_role("button", name="Seen").click()
    expect(alarm).to_contain_text("seen on")
    alarm.get_by_role("link", name="Posts").click()
    expect(page.locator("#count")).to_have_text(re.compile(r"^2\d posts$"))
    expect(page.locator("[name=sentiment]")).to_have_value("negative")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_keeps_a_reader_out(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
    make_rule(page, "Mood")
    assert serious_violations(page) == []
    page.get_by_role("button", name="New rule").click()
    page.get_by_role("dialog").locator("summary").click()
    assert serious_violations(page) == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


@pytest.mark.parametrize("code", ["es", "fr", "de", "pl"])
def test_it_speaks_the_reader_s_language(page: Page, code: str) -> None:
    make_rule(page, "Mood")
    page.set_viewport_size({"width": 360, "height": 760})
    page.select_option("#language", code)
    expect(page.locator("html")).to_have_attribute("lang", code)
    page.locator("#new").click()
    page.locator("#rule summary").click()
    page.wait_for_function("document.documentElement.scrollWidth <= 360")
