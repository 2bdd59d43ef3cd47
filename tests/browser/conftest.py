"""A browser for tests of pages: Chromium by playwright, without any way out of the machine.

Where playwright or a Chromium is missing, tests of pages are skipped and say why. `SPECQUANT_BROWSER` names another
Chromium than the one on the path.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from chromium import started

_OWN = ("file:", "data:", "blob:", "about:", "http://127.0.0.1", "http://localhost", "ws://127.0.0.1", "ws://localhost")
"""Beginnings of addresses on this machine."""

_STILL = """() => new Promise((done) => {
  let quiet;
  const watch = new MutationObserver(() => { clearTimeout(quiet); quiet = setTimeout(end, 400); });
  const end = () => { watch.disconnect(); done(); };
  watch.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  quiet = setTimeout(end, 400);
})"""
"""Script that ends when nothing on the page has changed for 400 ms."""


@dataclass
class Watched:
    """A page of a browser, and what went wrong on it: errors of scripts and consoles, and addresses elsewhere."""

    page: Any
    errors: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Return a running Chromium without a window.

    It is closed after every module: as long as it runs, no test of the process can begin an event loop of its own.
    """
    playwright = pytest.importorskip("playwright.sync_api", reason='playwright is missing: pip install ".[test]"')
    with playwright.sync_playwright() as driver:
        try:
            running = started(driver)
        except playwright.Error as error:
            pytest.skip(f"no browser starts ({str(error).splitlines()[0]}): install chromium, or set SPECQUANT_BROWSER")
        yield running
        running.close()


@pytest.fixture
def watched(browser: Any) -> Iterator[Watched]:
    """Return an empty page of 1000 by 800 pixels that reaches nothing outside this machine."""
    context = browser.new_context(viewport={"width": 1000, "height": 800}, accept_downloads=True)
    one = Watched(context.new_page())

    def answer(route: Any) -> None:
        if route.request.url.startswith(_OWN):
            route.continue_()
        else:
            one.elsewhere.append(route.request.url)
            route.abort()

    context.route("**/*", answer)
    one.page.on("pageerror", lambda error: one.errors.append(str(error)))
    one.page.on("console", lambda line: one.errors.append(line.text) if line.type == "error" else None)
    yield one
    context.close()


@pytest.fixture
def serious_findings() -> Any:
    """Return a function that names what axe finds serious or critical on a page; none is as it should be.

    It waits until the page stands still: axe reports false colours of nodes that are replaced while it looks.
    """
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is missing")

    def findings(page: Any) -> list[str]:
        page.evaluate(_STILL)
        violations = axe.Axe().run(page).response["violations"]
        return [
            f"{one['id']}: {one['help']} ({'; '.join(str(node['target']) for node in one['nodes'][:4])})"
            for one in violations
            if one["impact"] in ("serious", "critical")
        ]

    return findings
