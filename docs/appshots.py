"""The pictures of the page in these documents: ``python docs/appshots.py`` makes them, of synthetic spectra.

Needs Chromium and ``pip install ".[test]"``.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS.parent / "tests" / "support"))

from playwright.sync_api import sync_playwright  # noqa: E402

from appfiles import GLASS, STEEL, eds_file, map_file, running, xps_file  # noqa: E402 - the tests' own spectra
from chromium import started  # noqa: E402

PATIENCE = 300_000
"""ms that a machine with other work to do may take for one thing."""

SETTLED = 700
"""ms after which nothing moves any more on the page."""


def shoot(page: Any, name: str) -> None:
    """Write what is seen of the page as ``app-NAME.png``."""
    page.wait_for_timeout(SETTLED)
    page.screenshot(path=DOCS / "images" / f"app-{name}.png")


def open_files(page: Any, folder: Path) -> None:
    """Put spectra of both techniques and a map on the page, and wait until all are done."""
    files = [xps_file(folder / "cobalt-oxide.csv"), map_file(folder / "joint.rpl", 24, 40)]
    files += [eds_file(folder / f"glass-{number}.msa", GLASS, seed=number) for number in (1, 2, 3)]
    files += [eds_file(folder / "steel.msa", STEEL), files[1].with_suffix(".raw")]
    page.set_input_files("#files", [str(path) for path in files])
    page.locator("[data-file] >> nth=5").wait_for(state="attached")
    page.locator("#progress progress").wait_for(state="detached")


def spectrum(page: Any) -> None:
    """Show a spectrum, also with an element excluded."""
    page.locator(".spot", has_text="glass-1").click()
    page.get_by_role("button", name="Exclude Al").click()
    page.locator("[data-element='Al'].gone").wait_for()
    page.locator(".figure canvas").first.wait_for()
    shoot(page, "excluded")
    page.locator(".spot", has_text="cobalt-oxide").click()
    page.locator(".figure:not(.loading) canvas").first.wait_for()
    shoot(page, "spectrum")


def why(page: Any) -> None:
    """Show the evidence of lines, and the windows of the network."""
    page.locator("#tab-why").click()
    page.get_by_role("button", name="Show").first.click()
    page.locator(".reasons").nth(1).wait_for()
    shoot(page, "why")


def image(page: Any) -> None:
    """Show a map with a rectangle in it."""
    page.locator(".spot", has_text="sum of").click()
    page.locator("#tab-map").click()
    page.locator("#map-image").wait_for()
    page.locator(".thumbs button", has_text="Ni").click()
    page.get_by_role("heading", name="Ni, at%").wait_for()
    box = page.locator(".large canvas").bounding_box()
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.3 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 0.7 * box["height"])
    shoot(page, "map")
    page.mouse.up()
    page.locator(".heading h2", has_text="rows").wait_for()


def batch(page: Any) -> None:
    """Show all results, dark."""
    page.emulate_media(color_scheme="dark")
    page.locator("#tab-batch").click()
    shoot(page, "batch")


VIEWS: tuple[Callable[[Any], None], ...] = (spectrum, why, image, batch)


def main() -> None:
    """Make all pictures."""
    with TemporaryDirectory() as folder, sync_playwright() as driver, running() as address:
        browser = started(driver)
        page = browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme="light")
        page.set_default_timeout(PATIENCE)
        page.goto(address)
        open_files(page, Path(folder))
        for view in VIEWS:
            view(page)
        browser.close()


if __name__ == "__main__":
    main()
