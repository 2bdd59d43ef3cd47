"""The page of ``specquant app`` in a browser: what an analyst does with it."""

import csv
import json
import shlex
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appfiles import GLASS, STEEL, eds_file, map_file, running, xps_file
from commandline import Shell

pytest.importorskip("starlette", reason='starlette is missing: pip install ".[app]"')
pytest.importorskip("uvicorn", reason='uvicorn is missing: pip install ".[app]"')

REFUSED = "Failed to load resource: the server responded with a status of 4"
"""What Chromium writes to its console where the program refuses something, which the page then says."""

PATIENCE = 120_000
"""ms that a machine with other work to do may take for one thing."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with running() as one:
        yield one


@pytest.fixture(scope="module")
def spectra(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("spectra")
    bad = folder / "bad.msa"
    bad.write_text("#FORMAT : EMSA/MAS Spectral Data File\n")
    return {
        "glass": eds_file(folder / "glass.msa", GLASS),
        "again": eds_file(folder / "again.msa", GLASS, seed=2),
        "steel": eds_file(folder / "steel.msa", STEEL),
        "oxide": xps_file(folder / "oxide.csv"),
        "bad": bad,
    }


@pytest.fixture
def page(address: str, watched: Any) -> Iterator[Any]:
    """The page without any file on it; nothing may have gone wrong on it at the end."""
    page = watched.page
    page.set_default_timeout(PATIENCE)
    page.goto(address)
    page.locator("#welcome, #work").locator("visible=true").first.wait_for()
    clear(page)
    yield page
    clear(page)
    assert [error for error in watched.errors if not error.startswith(REFUSED)] == []
    assert watched.elsewhere == []


def clear(page: Any) -> None:
    for name in page.locator("[data-file]").evaluate_all("nodes => nodes.map(node => node.dataset.file)"):
        page.request.post(page.url + "api/remove", data=json.dumps({"files": [name]}))
    page.locator("#drop-here").wait_for()


def give(page: Any, *paths: Path) -> None:
    page.set_input_files("#files", [str(path) for path in paths])


def finished(page: Any, count: int) -> None:
    """Wait until so many files are done."""
    page.locator(f"[data-file] >> nth={count - 1}").wait_for(state="attached")
    page.locator("#progress progress").wait_for(state="detached")


def amount(page: Any, element: str) -> float:
    return float(page.locator(f"[data-element='{element}'] td.main").inner_text())


def exclude(page: Any, element: str) -> None:
    page.get_by_role("button", name=f"Exclude {element}").click()
    page.locator(f"[data-element='{element}'].gone").wait_for()


def choose_all(page: Any) -> None:
    """Tick the boxes of all spectra in the list."""
    for box in page.locator(".spectra input[type=checkbox]").all():
        box.check()


def answers(page: Any) -> int:
    page.locator(".composition").wait_for()
    return int(page.locator(".composition").count())


def test_a_dropped_file_becomes_a_table_and_a_spectrum(page: Any, spectra: dict[str, Path]) -> None:
    text = spectra["steel"].read_text()
    page.evaluate(
        """text => { const transfer = new DataTransfer(); transfer.items.add(new File([text], "steel.msa"));
        const how = { dataTransfer: transfer, bubbles: true, cancelable: true };
        for (const name of ["dragenter", "drop"]) document.body.dispatchEvent(new DragEvent(name, how)); }""",
        text,
    )
    assert answers(page) == 1
    assert amount(page, "Fe") == pytest.approx(70, abs=8)
    assert "SEM-EDS" in page.locator(".heading").inner_text()
    page.locator(".figure canvas").first.wait_for()
    assert page.get_by_role("button", name="Fe", exact=True).count() == 1
    assert page.locator("#dropping").is_hidden()


def test_a_file_that_cannot_be_used_says_why_and_stops_no_other(page: Any, spectra: dict[str, Path]) -> None:
    give(page, spectra["bad"], spectra["glass"])
    finished(page, 2)
    assert answers(page) == 1
    why = page.locator(".file.failed .why").inner_text()
    assert why.startswith("bad.msa: ")
    assert "/tmp" not in why


def test_an_element_is_excluded_and_the_change_shown_and_undone(page: Any, spectra: dict[str, Path]) -> None:
    give(page, spectra["glass"])
    finished(page, 1)
    before = amount(page, "O")
    exclude(page, "Al")
    assert page.locator(".chips").inner_text().startswith("Al excluded")
    assert "explains the spectrum badly" in page.locator(".heading").inner_text()
    assert page.locator("thead").inner_text().split()[-2:] == ["earlier", "change"]
    assert amount(page, "O") != before
    page.locator("#undo").click()
    page.locator("[data-element='Al']:not(.gone)").wait_for()
    assert amount(page, "O") == before
    assert page.locator("#undo").is_disabled()


def test_an_amount_is_fixed_and_a_missing_element_required(page: Any, spectra: dict[str, Path]) -> None:
    give(page, spectra["glass"])
    finished(page, 1)
    page.once("dialog", lambda dialog: dialog.accept("30"))
    page.get_by_role("button", name="Fix the amount of Si").click()
    page.get_by_text("Si fixed at 30 at%").wait_for()
    assert amount(page, "Si") == pytest.approx(30, abs=0.2)
    page.get_by_label("Element", exact=True).fill("zz")
    page.get_by_role("button", name="Require").click()
    page.get_by_text("zz is not an element that EDS sees").wait_for()


def test_the_figure_follows_the_button_for_dark_or_light(page: Any, spectra: dict[str, Path]) -> None:
    page.emulate_media(color_scheme="light")
    give(page, spectra["glass"])
    page.locator(".sq-figure:not(.sq-dark) canvas").first.wait_for()
    page.locator("#theme").click()
    page.locator(".sq-figure.sq-dark canvas").first.wait_for()
    page.locator("#theme").click()
    page.locator(".sq-figure:not(.sq-dark) canvas").first.wait_for()


def test_the_beam_energy_is_set_and_the_spectrum_fitted_again(page: Any, spectra: dict[str, Path]) -> None:
    give(page, spectra["glass"])
    finished(page, 1)
    field = page.get_by_label("energy of the electrons")
    field.fill("12")
    field.press("Enter")
    page.get_by_text("set by you").wait_for()
    page.locator("thead").get_by_text("change").wait_for()


def test_the_charge_reference_moves_the_axis(page: Any, spectra: dict[str, Path]) -> None:
    give(page, spectra["oxide"])
    finished(page, 1)
    assert {"Co", "O"} <= set(
        page.locator("[data-element]").evaluate_all("rows => rows.map(row => row.dataset.element)")
    )
    page.get_by_label("Offset of the axis, eV").fill("2")
    page.get_by_label("Offset of the axis, eV").press("Enter")
    page.get_by_text("energy axis moved by").wait_for()


def test_all_results_are_one_table_that_sorts(page: Any, spectra: dict[str, Path]) -> None:
    give(page, spectra["glass"], spectra["steel"], spectra["oxide"])
    finished(page, 3)
    page.get_by_role("tab", name="All results").click()
    names = page.locator(".batch tbody th")
    names.nth(2).wait_for()
    page.locator(".batch thead").get_by_role("button", name="Fe", exact=True).click()
    page.locator(".batch th[aria-sort='descending']").wait_for()
    assert names.first.inner_text() == "steel.msa"
    page.get_by_role("button", name="glass.msa").last.click()
    assert page.locator(".heading h2").inner_text() == "glass.msa"


def test_replicates_are_compared(page: Any, spectra: dict[str, Path]) -> None:
    give(page, spectra["glass"], spectra["again"])
    finished(page, 2)
    choose_all(page)
    page.get_by_role("tab", name="Compare (2)").click()
    page.locator(".compare canvas").first.wait_for()
    assert "mean" in page.locator(".compare thead").inner_text()
    page.get_by_role("button", name="Difference from the first").click()
    page.get_by_role("group", name="Spectrum of Difference").wait_for()


def test_a_region_of_a_map_becomes_a_spectrum(page: Any, tmp_path: Path) -> None:
    pytest.importorskip("rsciio", reason="ripple is read by the extra formats")
    path = map_file(tmp_path / "joint.rpl", 3, 4)
    give(page, path, path.with_suffix(".raw"))
    finished(page, 1)
    answers(page)
    page.get_by_role("tab", name="Map").click()
    image = page.get_by_role("application", name="Image of")
    image.wait_for()
    assert page.locator(".thumbs canvas").count() >= 4
    assert page.locator(".scale").inner_text() == "1 pixel"
    image.focus()
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowRight", "Shift+ArrowDown", "Enter"):
        page.keyboard.press(key)
    page.locator(".heading h2", has_text="rows 1-2, columns 3-4").wait_for()
    assert amount(page, "Fe") == pytest.approx(70, abs=8)


def test_a_series_becomes_a_profile(page: Any, spectra: dict[str, Path]) -> None:
    give(page, spectra["glass"], spectra["again"], spectra["steel"])
    finished(page, 3)
    choose_all(page)
    page.get_by_role("tab", name="Profile").click()
    page.locator(".profile canvas").wait_for()
    assert "Fe" in page.locator(".legend").inner_text()


def test_reasons_are_given_by_line(page: Any, spectra: dict[str, Path]) -> None:
    give(page, spectra["steel"])
    finished(page, 1)
    page.get_by_role("tab", name="Why").click()
    table = page.locator(".reasons").first
    table.wait_for()
    assert "Fe K\u03b1" in table.inner_text()
    assert "clear" in table.inner_text()


@pytest.mark.parametrize(
    ("entry", "suffix"),
    [
        ("row for each spectrum", ".csv"),
        ("row for each element", ".csv"),
        ("Excel", ".xlsx"),
        ("netCDF", ".nc"),
        ("Report", ".html"),
        ("(SVG)", ".svg"),
    ],
)
def test_answers_are_saved(page: Any, spectra: dict[str, Path], tmp_path: Path, entry: str, suffix: str) -> None:
    give(page, spectra["glass"])
    finished(page, 1)
    page.get_by_role("button", name="Save").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem").filter(has_text=entry).click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert path.suffix == suffix
    content = path.read_bytes()
    assert b"Si" in content or suffix in (".svg", ".nc", ".xlsx")
    assert b"/specquant-app-" not in content


def test_the_command_line_does_the_same(
    page: Any, spectra: dict[str, Path], shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(page, spectra["glass"])
    finished(page, 1)
    exclude(page, "Al")
    silicon = amount(page, "Si")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("menuitem").filter(has_text="Command line").click()
    words = shlex.split(page.locator("dialog pre").inner_text())
    page.get_by_role("button", name="Close", exact=True).click()
    assert words[:2] == ["specquant", "quantify"]
    monkeypatch.chdir(spectra["glass"].parent)
    out = tmp_path / "out.csv"
    outcome = shell(*words[1 : words.index("--")], "--out", out, *words[words.index("--") :])
    assert outcome.code in (0, 3), outcome.err
    assert f"Si {silicon:10.1f}" in outcome.out or f"{silicon:.1f}" in outcome.out
    assert next(csv.reader(out.open()))


def test_a_session_is_saved_and_opened(page: Any, spectra: dict[str, Path], tmp_path: Path) -> None:
    give(page, spectra["glass"], spectra["bad"])
    finished(page, 2)
    exclude(page, "Al")
    silicon = amount(page, "Si")
    page.get_by_role("button", name="Session").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Save session").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert "session.json" in zipfile.ZipFile(path).namelist()
    clear(page)
    page.set_input_files("#session-file", str(path))
    finished(page, 2)
    page.get_by_text("Al excluded").wait_for()
    assert amount(page, "Si") == silicon
    assert "changed" not in page.locator(".notes").inner_text()
    page.set_input_files("#session-file", str(spectra["glass"]))
    page.get_by_text("glass.msa: is not a session").wait_for()


def test_a_reload_loses_nothing(page: Any, spectra: dict[str, Path]) -> None:
    give(page, spectra["glass"], spectra["bad"])
    finished(page, 2)
    silicon = amount(page, "Si")
    page.reload()
    finished(page, 2)
    assert amount(page, "Si") == silicon
    assert page.locator(".file.failed").count() == 1


def test_names_and_headers_are_inert(page: Any, spectra: dict[str, Path]) -> None:
    evil = "<img src=x onerror=\"document.title='taken'\">\u202egnp"
    text = spectra["glass"].read_text().splitlines()
    text.insert(1, f"#TITLE : {evil}")
    text = [line for index, line in enumerate(text) if not (line.startswith("#TITLE") and index > 1)]
    page.set_input_files(
        "#files", [{"name": f"{evil}.msa", "mimeType": "text/plain", "buffer": "\n".join(text).encode()}]
    )
    finished(page, 1)
    assert answers(page) == 1
    page.get_by_text("What the file says").click()
    for view in ("Why", "All results", "Spectrum"):
        page.get_by_role("tab", name=view).click()
    assert page.title() == "specquant"
    assert page.locator("img").count() == 0
    assert "\u202e" not in page.locator("body").inner_text()


def test_the_keyboard_is_enough(page: Any, spectra: dict[str, Path]) -> None:
    give(page, spectra["glass"], spectra["steel"])
    finished(page, 2)
    page.locator(".spot").first.focus()
    page.keyboard.press("ArrowDown")
    page.locator(".spot[aria-current]").filter(has_text="steel").wait_for()
    page.locator("#tab-spectrum").focus()
    page.keyboard.press("ArrowRight")
    page.locator("#tab-why[aria-selected=true]").wait_for()
    page.keyboard.press("ArrowLeft")
    page.get_by_role("button", name="Exclude Ni").focus()
    page.keyboard.press("Enter")
    page.locator("[data-element='Ni'].gone").wait_for()
    page.keyboard.press("Control+z")
    page.locator("[data-element='Ni']:not(.gone)").wait_for()


def test_a_batch_can_be_cancelled(page: Any, tmp_path: Path) -> None:
    give(page, *[eds_file(tmp_path / f"{number}.msa", seed=number) for number in range(12)])
    page.locator("#cancel").click()
    finished(page, 12)
    assert page.locator(".file.cancelled").count() >= 5


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible_and_fits_a_narrow_screen(
    page: Any, spectra: dict[str, Path], serious_findings: Any, scheme: str
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 800, "height": 700})
    assert serious_findings(page) == []
    give(page, spectra["glass"], spectra["again"], spectra["bad"])
    finished(page, 3)
    choose_all(page)
    page.locator(".figure canvas").first.wait_for()
    for view in ("spectrum", "why", "compare", "batch"):
        page.locator(f"#tab-{view}").click()
        page.wait_for_timeout(300)
        assert serious_findings(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
