"""The page of ``specquant app`` in a browser: what an analyst does with it."""

import csv
import json
import re
import shlex
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import xarray as xr

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
    """Wait until a number of files are done."""
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


def saved(page: Any, entry: str, folder: Path) -> Path:
    """Save what an entry of the menu names, and return the file."""
    page.get_by_role("button", name="Save").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem").filter(has_text=entry).click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


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
    assert page.locator(".file.failed .name").inner_text() == "bad.msa"
    why = page.locator(".file.failed .why").inner_text()
    assert "bad.msa" not in why, "its name stands above"
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
    field = page.get_by_label("Beam energy")
    field.fill("14")
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
    page.get_by_text("offset of the energy axis +2.0 eV, taken off").wait_for()


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


def test_all_results_say_what_is_doubtful_and_what_is_not_usable(page: Any, spectra: dict[str, Path]) -> None:
    give(page, spectra["bad"], spectra["glass"], spectra["steel"])
    finished(page, 3)
    page.locator(".spot", has_text="glass").click()
    exclude(page, "Al")
    page.get_by_role("tab", name="All results").click()
    page.locator(".batch tbody tr >> nth=2").wait_for()
    assert [one.inner_text() for one in page.locator("[id^=only-]").all()] == [
        *("All 3", "\u25cf good 1", "\u25b2 doubtful 1", "\u2298 not usable 1")
    ]
    rows = page.locator(".batch tbody tr")
    assert "bad.msa" in rows.last.inner_text()
    assert len(rows.last.locator(".ground").inner_text()) > 20
    page.locator("#only-doubtful").press("Enter")
    page.locator(".batch tbody tr >> nth=1").wait_for(state="detached")
    assert "Part of the spectrum is not reproduced" in rows.first.locator(".ground").inner_text()
    assert page.evaluate("document.activeElement.id") == "only-doubtful"
    page.locator("#choose-shown").click()
    page.locator(".all", has_text="1 of 2 chosen").wait_for()
    assert page.get_by_label("Choose glass for comparison and export").is_checked()


def test_files_stand_in_the_order_of_their_names_though_the_first_is_the_largest(page: Any, tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.csv" for number in range(1, 9)]
    for path, size in zip(paths, (12_000_000, *[10] * 7), strict=True):
        path.write_text("x" * size)
    give(page, *paths)
    finished(page, 8)
    assert page.locator("[data-file] .name").all_inner_texts() == [path.name for path in paths]


def test_replicates_are_compared(page: Any, spectra: dict[str, Path]) -> None:
    give(page, spectra["glass"], spectra["again"])
    finished(page, 2)
    choose_all(page)
    page.get_by_role("tab", name="Compare (2)").click()
    page.locator(".compare canvas").first.wait_for()
    assert "mean" in page.locator(".compare thead").inner_text()
    assert page.locator(".compare .sq-toggles button").all_inner_texts()[:3] == ["again.msa", "glass.msa", "O"]
    page.get_by_role("button", name="Difference from the first").click()
    page.get_by_role("group", name="Spectrum of Difference").wait_for()


@pytest.fixture
def joint(page: Any, tmp_path: Path) -> Any:
    """The page with a map on it, glass at the left and steel at the right, and its images shown."""
    pytest.importorskip("rsciio", reason="ripple is read by the extra formats")
    path = map_file(tmp_path / "joint.rpl", 8, 10)
    give(page, path, path.with_suffix(".raw"))
    finished(page, 1)
    answers(page)
    page.get_by_role("tab", name="Map").click()
    page.locator("#map-image").wait_for()
    return page


def test_a_map_has_an_image_and_an_error_of_every_element_and_phases(joint: Any) -> None:
    assert joint.locator(".thumbs button").count() >= 7
    assert joint.locator(".scale").inner_text() == "2 pixels"
    joint.get_by_label("Side of a pixel, \u00b5m").fill("0.5")
    joint.get_by_label("Side of a pixel, \u00b5m").press("Enter")
    joint.locator(".scale", has_text="1 \u00b5m").wait_for()
    joint.locator("#map-image").focus()
    joint.keyboard.press("ArrowRight")
    said = joint.locator("#map-image ~ [role=status]").inner_text()
    assert re.match(r"row 1, column 2, \w+ [\d.]+ \u00b1 [\d.]+ at%, phase \d, \d+ counts, good", said)
    joint.get_by_role("button", name="Error").click()
    joint.get_by_role("heading", name="standard error").wait_for()
    joint.get_by_role("button", name="2 phases").click()
    joint.get_by_role("application", name="Image of the phases").wait_for()
    rows = joint.get_by_role("region", name="Phases").locator("tbody tr")
    assert [row.locator("td").first.inner_text() for row in rows.all()] == ["50.0 %", "50.0 %"]
    assert "Their sum, fitted as one sample, reads O\u00a0" in joint.locator("#sum-beside").inner_text()
    joint.get_by_role("group", name="Spectrum of").wait_for()
    assert joint.get_by_role("button", name="mean of a pixel").is_visible()


def test_a_region_and_a_phase_of_a_map_become_spectra(joint: Any) -> None:
    joint.locator("#map-image").focus()
    for key in (*["ArrowRight"] * 7, "Shift+ArrowRight", "Shift+ArrowDown", "Enter"):
        joint.keyboard.press(key)
    joint.locator(".heading h2", has_text="rows 1-2, columns 8-9").wait_for()
    assert amount(joint, "Fe") == pytest.approx(70, abs=8)
    joint.get_by_role("tab", name="Map").click()
    steel = joint.get_by_role("region", name="Phases").locator("tr", has_text="Fe")
    steel.get_by_role("button").click()
    joint.locator(".heading h2", has_text="phase").wait_for()
    assert amount(joint, "Fe") == pytest.approx(70, abs=8)
    joint.get_by_role("tab", name="Map").click()
    joint.get_by_role("button", name="Sum, with its fit").click()
    joint.locator(".heading h2", has_text="joint.rpl \u203a sum of 80 pixels").wait_for()
    assert "this is not their mean" in joint.locator("#sum-of-map").inner_text()


def test_a_map_can_be_cancelled_and_begun_again(joint: Any) -> None:
    joint.locator("#tab-spectrum").click()
    exclude(joint, "Al")  # so that the map is to be quantified anew
    joint.locator("#tab-map").click()
    joint.locator("#cancel-map").click()
    joint.get_by_text("Cancelled.").wait_for()
    joint.get_by_role("button", name="Quantify the map").click()
    joint.locator("#map-image").wait_for()
    assert joint.get_by_role("button", name="Al ").count() == 0


def test_a_map_is_saved_as_pictures_and_with_every_pixel(joint: Any, tmp_path: Path) -> None:
    names = zipfile.ZipFile(saved(joint, "Images of the map (SVG)", tmp_path)).namelist()
    assert {"Fe.svg", "phases.svg"} <= set(names)
    with xr.open_dataset(saved(joint, "every pixel", tmp_path)) as dataset:
        assert dataset.sizes["y"] == 8
        assert float(dataset["fraction"].sel(element="Fe")[:, 5:].mean()) == pytest.approx(0.7, abs=0.08)


def test_a_series_becomes_a_profile(page: Any, spectra: dict[str, Path]) -> None:
    give(page, spectra["glass"], spectra["again"], spectra["steel"])
    finished(page, 3)
    choose_all(page)
    page.get_by_role("tab", name="Profile").click()
    page.locator(".profile canvas").wait_for()
    assert "Fe" in page.locator(".legend").inner_text()


@pytest.mark.parametrize("kind", ["SVG", "PNG"])
def test_comparisons_and_profiles_are_saved_as_they_are_seen(
    page: Any, spectra: dict[str, Path], tmp_path: Path, kind: str
) -> None:
    give(page, spectra["glass"], spectra["again"], spectra["steel"])
    finished(page, 3)
    choose_all(page)
    for view, begin in (("Compare", "Comparison"), ("Profile", "Profile")):
        page.get_by_role("tab", name=view).click()
        page.locator(".compare canvas, .profile canvas").first.wait_for()
        path = saved(page, f"{begin} ({kind})", tmp_path)
        assert path.name == f"{view.lower()}.{kind.lower()}"
        assert path.read_bytes().startswith(b"\x89PNG" if kind == "PNG" else b"<?xml")


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
    path = saved(page, entry, tmp_path)
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


def test_names_and_headers_are_inert(page: Any, spectra: dict[str, Path], tmp_path: Path) -> None:
    evil = "=cmd|'<img src=x onerror=\"document.title='taken'\">\x1b[31m\u202egnp"
    text = spectra["glass"].read_text().splitlines()
    text.insert(1, f"#TITLE : {evil}")
    text = [line for index, line in enumerate(text) if not (line.startswith("#TITLE") and index > 1)]
    contents = {f"{evil}.msa": "\n".join(text), f"{evil}2.msa": "\n".join(text), f"{evil}3.msa": "no spectrum"}
    files = [{"name": name, "mimeType": "text/plain", "buffer": body.encode()} for name, body in contents.items()]
    page.set_input_files("#files", files)
    finished(page, 3)
    assert answers(page) == 1
    page.get_by_text("What the file says").click()
    choose_all(page)
    for view in ("Why", "Compare (2)", "All results", "Spectrum"):
        page.get_by_role("tab", name=view).click()
        page.wait_for_timeout(300)
    page.get_by_role("button", name="Save").click()
    page.get_by_role("menuitem").filter(has_text="Command line").click()
    page.get_by_role("button", name="Close", exact=True).click()
    assert page.title() == "specquant"
    assert page.locator("img").count() == 0
    assert not {"\u202e", "\x1b"} & set(page.locator("body").inner_text())
    rows = list(csv.reader(saved(page, "row for each spectrum", tmp_path).open(encoding="utf-8")))
    assert all(cell[:1] not in ("=", "+", "-", "@") or is_number(cell) for row in rows for cell in row)
    report = saved(page, "Report", tmp_path).read_text(encoding="utf-8")
    assert "<img src=x" not in report
    assert not {"\u202e", "\x1b"} & set(report)


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


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
    focused(page, "Do not exclude Ni")
    page.keyboard.press("Enter")
    page.locator("[data-element='Ni']:not(.gone)").wait_for()
    page.keyboard.press("Control+z")
    page.locator("[data-element='Ni'].gone").wait_for()


def focused(page: Any, label: str) -> None:
    """Wait until the keyboard is at a control."""
    page.wait_for_function("label => document.activeElement.getAttribute('aria-label') === label", arg=label)


def test_what_is_drawn_anew_keeps_the_keyboard_what_is_typed_and_what_is_unfolded(
    page: Any, spectra: dict[str, Path]
) -> None:
    give(page, spectra["steel"], spectra["again"])
    finished(page, 2)
    page.locator(".spot").filter(has_text="steel").click()
    page.get_by_label("Choose steel for comparison").focus()
    page.keyboard.press("Space")
    page.get_by_text("1 of 2 chosen").wait_for()
    focused(page, "Choose steel for comparison and export")
    page.locator(".adjust summary").click()
    unfolded = page.locator(".adjust details").evaluate("node => node.open")
    page.get_by_label("Element", exact=True).fill("Mo")
    page.get_by_label("oxides in wt%").focus()
    page.keyboard.press("Space")
    page.get_by_text("Fitted again in").wait_for()
    assert page.get_by_label("oxides in wt%").is_checked()
    assert page.evaluate("document.activeElement.type") == "checkbox"
    assert page.locator(".adjust details").evaluate("node => node.open") == unfolded
    assert page.get_by_label("Element", exact=True).input_value() == "Mo"
    page.locator(".spot").filter(has_text="again").click()
    page.locator("h2", has_text="again").wait_for()
    assert page.get_by_label("Element", exact=True).input_value() == ""
    page.locator("#tab-batch").click()
    page.locator("#sort-verdict").focus()
    page.keyboard.press("Enter")
    page.locator("[aria-sort=ascending] #sort-verdict").wait_for()
    assert page.evaluate("document.activeElement.id") == "sort-verdict"


def test_a_fit_that_goes_on_is_announced(page: Any, spectra: dict[str, Path]) -> None:
    give(page, spectra["steel"])
    finished(page, 1)
    page.route("**/api/refit", lambda _route: None)  # it never answers
    page.get_by_label("oxides in wt%").click()
    page.get_by_text("Fitting again").wait_for()


def test_a_batch_can_be_cancelled(page: Any, tmp_path: Path) -> None:
    give(page, *[eds_file(tmp_path / f"{number}.msa", seed=number) for number in range(60)])
    page.locator("#cancel").dispatch_event("click")  # at once: a click waits until nothing on the page moves
    finished(page, 60)
    cancelled = page.locator(".file.cancelled").count()
    assert cancelled > 50  # those that were still on their way as well
    assert cancelled + page.locator(".spot").count() == 60


def test_every_view_fits_a_phone(page: Any, spectra: dict[str, Path]) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    give(page, spectra["glass"], spectra["again"], spectra["bad"])
    finished(page, 3)
    choose_all(page)
    page.locator(".figure canvas").first.wait_for()
    assert page.locator(".figure").first.bounding_box()["width"] > 340
    for view in ("spectrum", "why", "compare", "profile", "batch"):
        page.locator(f"#tab-{view}").click()
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), view


def test_what_the_file_does_not_state_is_said_to_be_assumed(page: Any, spectra: dict[str, Path]) -> None:
    give(page, spectra["oxide"], spectra["glass"])
    finished(page, 2)
    page.locator(".spot", has_text="oxide").click()
    page.get_by_role("heading", name="oxide.csv").wait_for()
    assert "assumed" in page.locator(".parameter").first.inner_text()
    page.locator(".spot", has_text="glass").click()
    page.get_by_role("heading", name="glass.msa").wait_for()
    assert "from the file" in page.locator(".parameter").first.inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_view_is_accessible_and_fits_a_narrow_screen(
    page: Any, spectra: dict[str, Path], serious_findings: Any, scheme: str
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 800, "height": 700})
    assert serious_findings(page) == []
    give(page, spectra["glass"], spectra["again"], spectra["steel"], spectra["bad"])
    finished(page, 4)
    choose_all(page)
    page.locator(".figure canvas").first.wait_for()
    for view in ("spectrum", "why", "compare", "profile", "batch"):
        page.locator(f"#tab-{view}").click()
        page.wait_for_timeout(300)
        assert serious_findings(page) == [], view
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), view
    page.locator("#tab-why").click()
    page.get_by_role("button", name="Show").first.click()
    page.locator(".windows").wait_for()
    exclude_again(page)
    page.get_by_role("button", name="Session").click()
    assert serious_findings(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Save").click()
    assert serious_findings(page) == []
    page.get_by_role("menuitem").filter(has_text="Command line").click()
    assert serious_findings(page) == []
    page.get_by_role("button", name="Close", exact=True).click()


def exclude_again(page: Any) -> None:
    """Go back to the spectrum and change it, so that the earlier answer stands beside the new one."""
    page.locator("#tab-spectrum").click()
    page.get_by_role("button", name="Exclude").nth(1).click()
    page.locator(".chips").wait_for()
    page.get_by_text("Fitted again").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_map_is_accessible_and_fits_a_narrow_screen(joint: Any, serious_findings: Any, scheme: str) -> None:
    joint.emulate_media(color_scheme=scheme)
    joint.set_viewport_size({"width": 800, "height": 700})
    assert serious_findings(joint) == []
    assert joint.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_folder_is_opened_with_all_that_is_in_it(page: Any, tmp_path: Path) -> None:
    folder = tmp_path / "day"
    (folder / "sample").mkdir(parents=True)
    eds_file(folder / "one.msa", GLASS)
    eds_file(folder / "sample" / "two.msa", STEEL)
    (folder / "Thumbs.db").write_bytes(b"not a spectrum")
    page.set_input_files("#folder", str(folder))
    finished(page, 2)
    names = page.locator(".spot .name").all_inner_texts()
    assert names == ["one.msa", "sample/two.msa"]


def test_fifty_files_come_in_while_the_page_answers(page: Any, tmp_path: Path) -> None:
    page.evaluate(
        """() => { window.frames_ = []; let last = performance.now();
        const next = (now) => { window.frames_.push(now - last); last = now; requestAnimationFrame(next); };
        requestAnimationFrame(next); }"""
    )
    give(page, *[eds_file(tmp_path / f"{number:02}.msa", seed=number) for number in range(50)])
    page.locator(".spot >> nth=4").wait_for()
    page.locator("#tab-batch").click()
    finished(page, 50)
    page.locator(".batch tbody tr >> nth=49").wait_for()
    frames = page.evaluate("window.frames_")
    smooth = sum(frame for frame in frames if frame <= 100) / sum(frames)
    assert smooth > 0.5, "work of the page's own blocks it for most of the time"
