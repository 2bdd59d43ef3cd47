"""Take the pictures of pages for README and documentation: ``python docs/screenshots.py [SITE]``.

They show the example spectra that ship, in the Chromium that tests use. With the folder of the built site, the picture
of a notebook is taken from it.
"""

import contextlib
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "support"))

from playwright.sync_api import sync_playwright

import specquant
from chromium import started
from specquant.report.first_page import hidden_part, result_table, spectrum_part, verdict_part
from specquant.report.page import element, figures_here

IMAGES = Path(__file__).parent / "images"
WIDE, NARROW = 1240, 1000
"""Widths, pixels."""

_BESIDE = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:12px;background:#fff;color:#1f2933}.both{display:flex;gap:20px}"
    ".both>:first-child{flex:0 0 27rem}.both>:last-child{flex:1 1 auto;min-width:0}figure{margin:0}"
    ".sq-help,td:nth-child(4),th:nth-child(4){display:none}.verdict{border-left:4px solid #0072b2;padding-left:10px}"
    "table{border-collapse:collapse}td,th{padding:4px 12px 4px 0;border-bottom:1px solid #dfe3e8;text-align:left}"
    "td.number{text-align:right}td.bar{min-width:9rem}td.bar svg{display:block;width:100%;height:12px;overflow:visible}"
    "td.bar rect{fill:#0072b2;opacity:.75}td.bar line{stroke:#1f2933;stroke-width:1.5;vector-effect:non-scaling-stroke}"
    "code{font:13px ui-monospace,monospace}"
)


_ALONE = ".bd-header,.skip-link,.pst-skip-link,#pst-skip-link,#pst-back-to-top{display:none!important}"
"""What of the site would lie over a cell of a notebook."""


def main() -> None:
    """Take all of them."""
    site = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        browser = started(driver)
        _readme(browser, Path(folder))
        _report(browser, Path(folder))
        if site is not None:
            page = _opened(browser, site / "notebooks" / "xps.html", WIDE)
            page.add_style_tag(content=_ALONE)
            answer = page.locator(".sq-answer").first
            _save(answer.locator("xpath=ancestor::div[contains(@class, 'cell ')]").first, "notebook.png")
        browser.close()


def _readme(browser: Any, folder: Path) -> None:
    """Take a labelled spectrum beside its table."""
    session = specquant.open("xps")
    sample = session.quantify(session.technique.example.path).samples(explained=False)[0]
    typed = element("p", element("code", "specquant quantify -t xps example-xps.vms"))
    answer = element("div", typed, result_table(sample), verdict_part(sample), hidden_part(sample))
    both = element("div", answer, spectrum_part(session.technique, sample, captioned=False), class_="both")
    page = folder / "readme.html"
    page.write_text(
        f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Result</title>{figures_here()}'
        f"<style>{_BESIDE}</style>{both}<script>specquantFigures();</script>",
        encoding="utf-8",
    )
    _save(_opened(browser, page, WIDE).locator(".both"), "readme.png")


def _report(browser: Any, folder: Path) -> None:
    """Take the first page of a report."""
    session = specquant.open("eds")
    shutil.copy(session.technique.example.path, folder)
    with contextlib.chdir(folder):
        session.quantify(session.technique.example.path.name).save("report.html")
    page = _opened(browser, folder / "report.html", NARROW)
    _save(page.locator("section.sample"), "report.png")


def _opened(browser: Any, path: Path, width: int) -> Any:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme="light")
    page.goto(path.resolve().as_uri())
    page.wait_for_selector("canvas")
    return page


def _save(place: Any, name: str) -> None:
    place.screenshot(path=IMAGES / name)
    print(f"written: docs/images/{name}")  # noqa: T201 - a command of the repository


if __name__ == "__main__":
    main()
