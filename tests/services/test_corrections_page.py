"""Corrections on the page of kept posts in a real browser, against the real API and Postgres."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.services.browser import CHROMIUM, faultless, serious_violations
from tests.services.databases import database_for_threads
from tests.services.served_posts import served_posts

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")

#: Offsets in code points and in UTF-16 differ from the first sign on.
TEXT = "🎉 Proud of our team in Berlin! Sorry about War Zone."
POSTS = [
    {"text": TEXT, "author": "anna"},
    {"text": "The office in Berlin opens at nine."},
    {"text": "Sorry, War Zone in Madrid is closed."},
    {"text": "Notes from Ana in Porto. Greetings from Porto again."},
]
#: Kept posts follow a rule in the background; machines may be slow.
FOLLOWED_WITHIN_MS = 60_000


@pytest.fixture
def url(database_url: str) -> Iterator[str]:
    with database_for_threads(database_url) as database, served_posts(database) as url:
        httpx.post(f"{url}/v1/posts", json={"posts": POSTS}, timeout=60).raise_for_status()
        yield url


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    with faultless(browser, url) as page:
        page.goto(f"{url}/posts")
        page.locator("#posts button", has_text="Proud").click()
        expect(page.locator("#reading")).to_have_text(TEXT)
        yield page


def analyses(url: str) -> dict[str, Any]:
    """The analyses of all posts by the beginning of their texts."""
    items = httpx.get(f"{url}/v1/posts").json()["items"]
    return {each["text"].split()[1]: each["analysis"] for each in items}


def names(analysis: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["text"], each["label"]) for each in analysis["entities"]["items"]]


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog")


def confirm(page: Page, button: str = "Correct") -> None:
    dialog(page).get_by_role("button", name=button, exact=True).click()


def test_a_name_gets_its_right_label_and_back(page: Page, url: str) -> None:
    before = analyses(url)
    page.locator("#entities").get_by_role("button", name="Berlin").click()
    dialog(page).get_by_label("Right is").select_option("LOC")
    confirm(page)
    expect(dialog(page)).to_be_hidden()
    expect(page.locator("#entities .names li")).to_contain_text(["Berlin correctedLOC"])
    expect(page.locator("#entities .put-right")).to_contain_text(
        "Berlin: LOC (the model had said ORG)"
    )
    assert ("Berlin", "LOC") in names(analyses(url)["Proud"])
    assert ("Berlin", "ORG") in names(analyses(url)["office"])
    page.locator("#entities").get_by_role("button", name="Undo").click()
    expect(page.locator("#noted")).to_have_text("Undone.")
    assert analyses(url) == before


def test_all_mentions_of_a_name_are_corrected_at_once(page: Page, url: str) -> None:
    page.locator("#posts button", has_text="Porto").click()
    page.locator("#entities").get_by_role("button", name="Porto").click()
    dialog(page).get_by_label("Right is").select_option("LOC")
    confirm(page)
    expect(page.locator("#entities .put-right li")).to_have_count(1)
    assert names(analyses(url)["from"]).count(("Porto", "LOC")) == 2
    page.locator("#entities .put-right").get_by_role("button", name="Undo").click()
    expect(page.locator("#noted")).to_have_text("Undone.")
    assert names(analyses(url)["from"]).count(("Porto", "ORG")) == 2


def test_a_click_in_the_text_takes_a_name_away(page: Page, url: str) -> None:
    page.locator("#reading .entity", has_text="Berlin").click()
    dialog(page).get_by_label("Right is").select_option(label="remove")
    confirm(page)
    expect(page.locator("#entities .put-right")).to_contain_text("Berlin: removed")
    expect(page.locator("#reading .entity", has_text="Berlin")).to_have_count(0)
    assert "Berlin" not in dict(names(analyses(url)["Proud"]))
    page.locator("#noted").get_by_role("button", name="Undo").click()
    expect(page.locator("#reading .entity", has_text="Berlin")).to_have_count(1)


def select(page: Page, text: str) -> None:
    """Draw the mouse over a text that lies in one mark, or in none."""
    box = page.locator("#reading").evaluate(
        """(reading, text) => {
            const nodes = document.createTreeWalker(reading, NodeFilter.SHOW_TEXT);
            const range = document.createRange();
            for (let node = nodes.nextNode(); node; node = nodes.nextNode()) {
                const start = node.data.indexOf(text);
                if (start < 0) continue;
                range.setStart(node, start);
                range.setEnd(node, start + text.length);
            }
            const { left, right, top, height } = range.getBoundingClientRect();
            return { left, right, middle: top + height / 2 };
        }""",
        text,
    )
    page.mouse.move(box["left"] + 1, box["middle"])
    page.mouse.down()
    page.mouse.move(box["right"] - 1, box["middle"], steps=3)
    page.mouse.up()


def test_a_name_that_was_missed_is_selected_and_added(page: Page, url: str) -> None:
    before = analyses(url)
    add = page.locator("#add")
    expect(add).to_be_hidden()
    select(page, "team")
    expect(add).to_have_text("Add “team” as …")
    add.click()
    expect(dialog(page).get_by_role("heading")).to_have_text("What is this name?")
    dialog(page).get_by_label("Right is").select_option("ORG")
    assert serious_violations(page) == []
    confirm(page)
    expect(dialog(page)).to_be_hidden()
    expect(page.locator("#entities .put-right")).to_contain_text("team: added")
    expect(add).to_be_hidden()
    assert ("team", "ORG") in names(analyses(url)["Proud"])
    page.locator("#noted").get_by_role("button", name="Undo").click()
    expect(page.locator("#noted")).to_have_text("Undone.")
    assert analyses(url) == before


def test_a_missed_name_is_selected_by_keyboard_and_a_rule_made(page: Page, url: str) -> None:
    page.locator("#reading").focus()
    keys = ["ArrowRight"] * 12 + ["Shift+ArrowRight"]
    said = []
    for key in keys:
        page.keyboard.press(key)
        said.append(page.evaluate("getSelection().toString()"))
    assert said[:3] == ["Proud", "of", "our"]
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowLeft")
    chosen = page.evaluate("getSelection().toString()")
    expect(page.locator("#add")).to_have_text(f"Add “{chosen}” as …")
    page.keyboard.press("Tab")
    expect(page.locator("#add")).to_be_focused()
    page.keyboard.press("Enter")
    dialog(page).get_by_label("Right is").select_option("EVENT")
    dialog(page).get_by_label("In all posts").check()
    expect(dialog(page).get_by_label("Wherever it says")).to_have_value(chosen)
    dialog(page).get_by_label("Wherever it says").fill("War Zone")
    confirm(page, "Show what changes")
    expect(page.locator("#preview .changes")).to_have_text("Would change 2 posts")
    confirm(page, "Put in force")
    expect(page.locator("#noted")).to_contain_text("2 posts", timeout=FOLLOWED_WITHIN_MS)
    assert ("War Zone", "EVENT") in names(analyses(url)["War"])


def test_a_sentence_is_chosen_by_keyboard(page: Page, url: str) -> None:
    verdict = page.locator("#sentiment .verdict").get_by_role("button")
    verdict.press("Enter")
    part = dialog(page).get_by_label("Of what")
    part.select_option(label="Sorry about War Zone.")
    expect(dialog(page).get_by_role("heading")).to_contain_text("negative")
    dialog(page).get_by_label("Right is").select_option("neutral")
    dialog(page).get_by_label("Right is").press("Tab")
    confirm(page)
    expect(page.locator("#noted")).to_be_focused()
    expect(page.locator("#sentiment .put-right")).to_contain_text("neutral (the model had said neg")
    labels = [each["label"] for each in analyses(url)["Proud"]["sentiment"]["sentences"]]
    assert labels == ["positive", "neutral"]


def test_the_post_the_tone_and_a_keyword_are_corrected(page: Page, url: str) -> None:
    page.locator("#sentiment .verdict").get_by_role("button").click()
    dialog(page).get_by_label("Right is").select_option("negative")
    expect(dialog(page).get_by_label("In all posts")).to_be_disabled()
    confirm(page)
    expect(page.locator("#sentiment .verdict")).to_contain_text("Negative corrected")
    page.locator("#tone .verdict").get_by_role("button").click()
    expect(dialog(page).get_by_label("In all posts")).to_be_disabled()
    dialog(page).get_by_label("Right is").select_option("humorous")
    confirm(page)
    expect(page.locator("#tone .verdict")).to_have_text("Humorous corrected")
    page.locator("#keywords").get_by_role("button", name="proud").click()
    confirm(page)
    expect(page.locator("#keywords .put-right")).to_contain_text("Proud: removed")
    analysis = analyses(url)["Proud"]
    assert analysis["sentiment"]["label"] == "negative"
    assert analysis["tone"]["dominant"] == "humorous"
    assert "Proud" not in [each["text"] for each in analysis["keywords"]["items"]]


def test_a_rule_is_shown_put_in_force_and_undone(page: Page, url: str) -> None:
    before = analyses(url)
    page.locator("#entities").get_by_role("button", name="Berlin").click()
    dialog(page).get_by_label("Right is").select_option("LOC")
    dialog(page).get_by_label("In all posts").check()
    expect(dialog(page).get_by_label("Wherever it says")).to_have_value("Berlin")
    confirm(page, "Show what changes")
    expect(page.locator("#preview .changes")).to_have_text("Would change 2 posts")
    expect(page.locator("#preview .flips")).to_have_text("name: ORG → LOC · 2 posts")
    expect(page.locator("#preview .match")).to_have_text(["Berlin", "Berlin"])
    assert analyses(url) == before
    confirm(page, "Put in force")
    expect(page.locator("#noted")).to_contain_text(
        "The rule is in force: 2 posts changed.", timeout=FOLLOWED_WITHIN_MS
    )
    expect(page.locator("#entities .names")).to_contain_text("Berlin correctedLOC")
    assert ("Berlin", "LOC") in names(analyses(url)["office"])
    page.locator("#noted").get_by_role("button", name="Undo").click()
    expect(page.locator("#noted")).to_have_text("Undone.", timeout=FOLLOWED_WITHIN_MS)
    assert analyses(url) == before


def test_a_rule_for_sentences_is_shown_anew_when_it_is_changed(page: Page, url: str) -> None:
    page.locator("#reading .negative").last.click()
    dialog(page).get_by_label("Right is").select_option("neutral")
    dialog(page).get_by_label("In all posts").check()
    phrase = dialog(page).get_by_label("Wherever it says")
    phrase.fill("!!!")
    confirm(page, "Show what changes")
    expect(page.locator("#correction_problem")).to_contain_text("neither a letter nor a digit")
    phrase.fill("Madrid")
    confirm(page, "Show what changes")
    expect(page.locator("#preview .changes")).to_have_text("Would change 1 post")
    phrase.fill("War Zone")
    expect(page.locator("#preview")).to_be_empty()
    confirm(page, "Show what changes")
    expect(page.locator("#preview .changes")).to_have_text("Would change 2 posts")
    confirm(page, "Put in force")
    expect(page.locator("#noted")).to_contain_text("2 posts", timeout=FOLLOWED_WITHIN_MS)
    assert analyses(url)["War"]["sentiment"]["label"] == "neutral"
    page.on("dialog", lambda question: question.accept())
    page.locator("#sentiment").get_by_role("button", name="Undo the rule").click()
    expect(page.locator("#noted")).to_have_text("Undone.", timeout=FOLLOWED_WITHIN_MS)
    assert analyses(url)["War"]["sentiment"]["label"] == "negative"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_keeps_a_reader_out(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
    page.locator("#tone .verdict").get_by_role("button").click()
    confirm(page)
    expect(page.locator("#tone .put-right")).to_be_visible()
    assert serious_violations(page) == []
    page.locator("#entities").get_by_role("button", name="Berlin").click()
    dialog(page).get_by_label("In all posts").check()
    confirm(page, "Show what changes")
    expect(page.locator("#preview .changes")).to_be_visible()
    assert serious_violations(page) == []


@pytest.mark.parametrize("code", ["es", "fr", "de", "pl"])
def test_it_speaks_the_reader_s_language(page: Page, code: str) -> None:
    page.set_viewport_size({"width": 360, "height": 760})
    page.select_option("#language", code)
    expect(page.locator("html")).to_have_attribute("lang", code)
    page.locator("#posts button", has_text="Proud").click()
    page.locator("#entities .wrong", has_text="Berlin").click()
    dialog(page).locator("#everywhere").check()
    page.wait_for_function("document.documentElement.scrollWidth <= 360")
