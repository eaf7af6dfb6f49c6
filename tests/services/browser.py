"""Chromium for the tests of pages, and a page that is held to what every page promises."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
#: Headless, without the browser's own conversations with its maker.
FLAGS = [
    "--no-sandbox", "--headless", "--disable-gpu", "--disable-background-networking",
    "--disable-quic", "--no-first-run", "--disable-component-update", "--disable-sync",
]  # fmt: skip

# Of a machine that does much else; nothing waits longer than the page takes.
expect.set_options(timeout=30_000)


@contextmanager
def faultless(browser: Browser, url: str) -> Iterator[Page]:
    """A page that fails the test for any script error, or any request to elsewhere."""
    faults: list[str] = []
    page = browser.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: _watch(request, url, faults))
    page.on("console", lambda line: _watch_console(line, faults))
    page.set_default_timeout(30_000)
    yield page
    page.close()
    assert faults == []


def _watch(request: Request, url: str, faults: list[str]) -> None:
    if not request.url.startswith((url, "data:")):
        faults.append(f"asked elsewhere: {request.url}")


def _watch_console(line: ConsoleMessage, faults: list[str]) -> None:
    if "Security" in line.text:
        faults.append(line.text)


def serious_violations(page: Page) -> list[str]:
    """The elements that keep readers out, as axe-core judges them."""
    violations = Axe().run(page).response["violations"]
    serious = [each for each in violations if each["impact"] in ("serious", "critical")]
    return [node["html"] for each in serious for node in each["nodes"]]
