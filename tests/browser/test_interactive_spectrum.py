"""The interactive figure in a browser: what it shows, how it is worked, and that it is quick enough."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from specquant.report.interactive import (
    Axis,
    Contribution,
    LineMark,
    Model,
    SpectrumFigure,
    Trace,
    Unexplained,
    figure_html,
    script,
    stylesheet,
)

AXIS = Axis("Binding energy", "eV", True, 0.0, 1.0, 1301, 0)
PICTURE = "data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciLz4="
EVIL = "</script><script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">\x1b[31m\u202egnp"


def peak(at: float, height: float) -> np.ndarray:
    return height * np.exp(-0.5 * ((np.arange(AXIS.size) - at) / 3.0) ** 2)


def figure(title: str = "CoO", traces: int = 1) -> SpectrumFigure:
    cobalt, oxygen, ground = peak(780, 4000), peak(531, 2500), np.full(AXIS.size, 400.0)
    total = cobalt + oxygen + ground
    counts = total + peak(228, 300)
    counts[:5] = np.nan
    parts = (Contribution("Co", cobalt), Contribution("O", oxygen))
    model = Model("fit", total, ground, (counts - total) / np.sqrt(total), parts)
    others = tuple(Trace(f"spectrum {row}", counts * (1 + 0.01 * row)) for row in range(1, traces))
    lines = (LineMark("Co", "Co 2p3/2", 780.0, 1.0), LineMark("O", "O 1s", 531.0, 1.0))
    missed = (Unexplained(228.0, 9.0, ("Mo 3d5/2",)),)
    return SpectrumFigure(title, AXIS, (Trace(title, counts, model), *others), lines, missed)


def opened(watched: Any, folder: Path, shown: SpectrumFigure, before: str = "") -> Any:
    body = figure_html(shown, PICTURE, f"Spectrum of {shown.title}", "A spectrum")
    page = folder / "page.html"
    page.write_text(
        f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Spectrum</title><style>{stylesheet()}</style>'
        f"<main><h1>Spectrum</h1>{body}</main><script>{before}</script><script>{script()}\nspecquantFigures();</script>",
        encoding="utf-8",
    )
    watched.page.goto(page.as_uri())
    return watched.page


def run(page: Any, code: str) -> Any:
    return page.evaluate(
        "() => { const it = document.querySelector('[data-specquant-figure]').specquant; " + code + "}"
    )


@pytest.fixture
def page(watched: Any, tmp_path: Path) -> Any:
    yield opened(watched, tmp_path, figure())
    assert (watched.errors, watched.elsewhere) == ([], [])


def test_drag_keys_wheel_and_buttons_zoom(page: Any) -> None:
    whole = run(page, "return it.range")
    box = page.locator(".u-over").first.bounding_box()
    page.mouse.move(box["x"] + 0.25 * box["width"], box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 60, steps=4)
    page.mouse.up()
    low, high = run(page, "return it.range")
    assert (low, high) == pytest.approx((650, 975), abs=8), "from high to low: a quarter from the left is 975 eV"
    page.keyboard.press("+")
    assert np.ptp(run(page, "return it.range")) == pytest.approx(0.5 * (high - low))
    page.mouse.wheel(0, 100)
    page.wait_for_function(
        "w => { const [a, b] = document.querySelector('[data-specquant-figure]').specquant.range; return b - a > w; }",
        arg=0.55 * (high - low),
    )
    page.keyboard.press("0")
    assert run(page, "return it.range") == whole
    page.get_by_role("button", name="Zoom in").click()
    assert np.ptp(run(page, "return it.range")) == pytest.approx(0.5 * np.ptp(whole))


def test_hover_says_element_line_energy_and_counts(page: Any) -> None:
    box = page.locator(".u-over").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] * (1300.5 - 780) / 1301, box["y"] + 80)
    said = page.locator(".sq-tip").inner_text()
    assert "Co 2p3/2, 780 eV" in said
    assert "4\u2009400 counts" in said
    assert "fit 4\u2009400 (residual +0.0 s.d.)" in said
    page.mouse.move(box["x"] + box["width"] * (1300.5 - 228) / 1301, box["y"] + 80)
    assert "not explained: 228 eV: Mo 3d5/2?" in page.locator(".sq-tip").inner_text()


def test_keys_read_channels_aloud(page: Any) -> None:
    page.locator(".sq-stage").focus()
    run(page, "it.zoom(779, 785)")
    page.keyboard.press("ArrowRight")
    first = page.get_by_role("status").inner_text()
    page.keyboard.press("ArrowRight")
    second = page.get_by_role("status").inner_text()
    assert float(first.split(" eV; ")[-2].split()[-1]) - float(second.split(" eV; ")[-2].split()[-1]) == 1.0


def test_elements_scales_and_residual_are_toggled(page: Any) -> None:
    for name in ("Co", "background", "residual", "fit", "not explained (1)"):
        button = page.get_by_role("button", name=name, exact=True)
        assert button.get_attribute("aria-pressed") == "true"
        button.click()
        assert button.get_attribute("aria-pressed") == "false", name
    assert page.locator(".uplot").count() == 1, "the residual has a plot of its own"
    for name in ("Linear", "Logarithm", "Square root"):
        page.get_by_role("button", name=name).click()
        assert page.get_by_role("button", name=name).get_attribute("aria-pressed") == "true"


def test_picture_is_saved_and_stands_in_where_no_script_runs(page: Any, browser: Any) -> None:
    with page.expect_download() as download:
        page.get_by_role("button", name="PNG").click()
    assert download.value.suggested_filename == "CoO.png"
    assert Path(download.value.path()).read_bytes()[:4] == b"\x89PNG"
    assert page.get_by_role("link", name="SVG").get_attribute("href") == PICTURE
    assert not page.locator(".sq-static").is_visible()
    without = browser.new_context(java_script_enabled=False).new_page()
    without.goto(page.url)
    assert without.locator(".sq-static img").get_attribute("alt") == "Spectrum of CoO"
    assert without.locator(".sq-static").is_visible()
    page.emulate_media(media="print")
    assert page.locator(".sq-static").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_stands_in_the_way_of_blind_readers(page: Any, serious_findings: Any, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    assert serious_findings(page) == []


def test_the_theme_of_a_page_wins_over_that_of_the_system(page: Any) -> None:
    page.emulate_media(color_scheme="light")
    assert page.locator(".sq-dark").count() == 0
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_selector(".sq-dark")
    page.evaluate("document.documentElement.dataset.theme = ''; document.body.dataset.jpThemeLight = 'true'")
    page.emulate_media(color_scheme="dark")
    assert page.locator(".sq-dark").count() == 0


def test_malicious_names_are_inert(watched: Any, tmp_path: Path) -> None:
    page = opened(watched, tmp_path, figure(EVIL))
    assert page.title() == "Spectrum"
    assert page.get_by_role("button", name="Square root").is_visible()
    assert watched.errors == []


@pytest.mark.benchmark
def test_fifty_spectra_of_4096_channels_zoom_without_delay(watched: Any, tmp_path: Path) -> None:
    size = 4096
    axis = Axis("Photon energy", "keV", False, 0.0, 0.005, size, 3)
    rng = np.random.default_rng(3)
    shape = 200 + 1e4 * np.exp(-0.5 * ((np.arange(size) - 900) / 12) ** 2)
    traces = tuple(Trace(f"s{row}", rng.poisson(shape).astype(float)) for row in range(50))
    page = opened(watched, tmp_path, SpectrumFigure("fifty", axis, traces))
    times = page.evaluate(
        """async () => {
            const it = document.querySelector('[data-specquant-figure]').specquant, times = [];
            const pixel = () => document.querySelector('canvas').getContext('2d').getImageData(0, 0, 1, 1);
            for (let i = 0; i < 20; i++) {
                const start = performance.now();
                it.zoom(1 + 0.1 * i, 9);
                await new Promise(then => setTimeout(then));  // a plot is drawn once the script has ended
                pixel();
                times.push(performance.now() - start);
            }
            return times;
        }"""
    )
    print(f"zoom of 50 spectra: median {np.median(times):.0f} ms, slowest {max(times):.0f} ms")
    assert np.median(times) < 100
    assert watched.errors == []


def test_json_is_strict_and_short(tmp_path: Path) -> None:  # noqa: ARG001
    content = json.loads(figure().to_json())
    assert content["traces"][0]["counts"][0] is None
    assert content["unexplained"] == [{"energy": 228, "errors": 9, "label": "Mo 3d5/2?", "text": "228 eV: Mo 3d5/2?"}]
    assert len(figure().to_json()) < 50_000


WRITTEN = """
  const write = CanvasRenderingContext2D.prototype.fillText;
  window.written = [];
  CanvasRenderingContext2D.prototype.fillText = function (text, ...at) {
    const {b, f} = this.getTransform();
    window.written.push([text, b ? f - this.measureText(text).width : null]);
    return write.call(this, text, ...at);
  };
"""
"""Remembers what is written on a canvas, with the top end of what stands upright, pixels."""


def test_labels_are_whole_stand_where_something_was_measured_and_ticks_are_round(watched: Any, tmp_path: Path) -> None:
    plain = figure()
    long = Unexplained(228.0, 9.0, ("Mo 3d5/2 or so",))
    nowhere = LineMark("O", "O valence", 3.0, 1.0)
    shown = replace(plain, lines=(*plain.lines, nowhere), unexplained=(long,))
    page = opened(watched, tmp_path, shown, WRITTEN)
    upright = {text: top for text, top in page.evaluate("window.written") if top is not None}
    assert {"Co 2p3/2", "O 1s"} <= set(upright)
    assert "O valence" not in upright, "channels 0 to 4 were not measured"
    (missed,) = [top for text, top in upright.items() if text.startswith("Mo 3d5/2 or so")]
    assert missed >= 0
    numbers = {text.replace("\u2009", "") for text, top in page.evaluate("window.written") if top is None}
    assert {"0", "200", "1000", "2000"} <= numbers
