"""Reports in a browser: whole without a script, reachable for everybody, quiet, small, and printed on full pages."""

import re
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from proposers import Saying
from reportparts import run_of
from specquant.discovery import load_plugin
from specquant.fits import Hybrid, LeastSquares
from specquant.library import LibraryShelf, MixedLibrary, RenderedLibrary
from specquant.notes import Note, NoteKind
from specquant.quantifiers import Quantifier
from specquant.report import SampleResult, method_html, report_html
from specquant.session import FileResult
from specquant.session.samples import sample_results
from specquant.spectra import Spectra
from specquant.technique import (
    Facts,
    FitDecisions,
    FitPriors,
    FitSettings,
    LineArea,
    NarrowAnswer,
    Technique,
)

pytestmark = pytest.mark.usefixtures("toy_is_installed")

MOST_BYTES = 1_500_000
"""Bytes that the report of one spectrum may have: chosen."""

EVIL = "</script><img src=x onerror=\"document.title='taken'\">\x1b[31m\u202egnp"
TRUTH = np.array([0.0, 0.0, 0.2, 0.3, 0.0, 0.5])


@pytest.fixture(scope="module")
def bulk(toy_is_installed: None) -> Technique:  # noqa: ARG001
    priors = FitPriors({"voltage": 0.3}, groups={"main": 0.01, "continuum": 0.1}, model_error=0.005)
    settings = FitSettings(priors, FitDecisions(least=0.005, significance=3.0, poor=50.0))
    return replace(load_plugin("bulk").technique, fit=settings)


@pytest.fixture(scope="module")
def sample(bulk: Technique) -> SampleResult:
    library = RenderedLibrary(bulk)
    exact = 5e4 * MixedLibrary(bulk, library).spectrum(TRUTH, bulk.defaults())
    exact[60:66] += 300.0
    counts = np.random.default_rng(1).poisson(exact).astype(float)[None]
    facts = Facts({"date": "2024-01-01", "instrument": "made up"}, (Note(NoteKind.REMARK, "shutter checked"),))
    spectra = Spectra(counts, np.ones(counts.shape, bool), np.array([[10.0, 40.0]]), names=("film",), facts=(facts,))
    methods: dict[str, Quantifier] = {
        "hybrid": Hybrid(bulk, library, Saying(bulk, TRUTH)),
        "nnls": LeastSquares(bulk, library),
    }
    answers = {name: method.quantify_modelled(spectra) for name, method in methods.items()}
    compositions = {name: composition for name, (composition, _) in answers.items()}
    modelled = {name: models for name, (_, models) in answers.items()}
    result = FileResult("film.csv", spectra, compositions, (facts.notes,), modelled=modelled)
    return next(sample_results(result, bulk, LibraryShelf(bulk, library), methods))


def opened(watched: Any, folder: Path, bulk: Technique, *samples: SampleResult) -> Any:
    path = folder / "report.html"
    path.write_text(report_html(bulk, samples, "specquant quantify", None), encoding="utf-8")
    assert path.stat().st_size < MOST_BYTES * len(samples)
    watched.page.goto(path.as_uri())
    return watched.page


def test_the_report_is_quiet_and_shows_the_fit_itself(
    watched: Any, tmp_path: Path, bulk: Technique, sample: SampleResult
) -> None:
    page = opened(watched, tmp_path, bulk, sample)
    assert page.locator("canvas").count() >= 2
    assert page.get_by_role("button", name="fit", exact=True).is_visible()
    for words in ("Verdict: ", "made up", "2024-01-01", "Not found, but would not show"):
        assert words in page.locator("main").inner_text()
    assert not page.get_by_text("shutter checked").is_visible(), "folded"
    page.get_by_text("Notes (").click()
    assert page.get_by_text("shutter checked").is_visible()
    page.get_by_text("Why these elements").click()
    assert re.search(r"\bO .* at \d+ eV \(\d+\)", page.locator("details[open] table").first.inner_text())
    assert (watched.errors, watched.elsewhere) == ([], [])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_read_the_report(
    watched: Any, tmp_path: Path, bulk: Technique, sample: SampleResult, serious_findings: Any, scheme: str
) -> None:
    page = opened(watched, tmp_path, bulk, sample)
    page.emulate_media(color_scheme=scheme)
    for summary in page.locator("summary").all():
        summary.click()
    assert serious_findings(page) == []
    page.set_viewport_size({"width": 800, "height": 700})
    page.wait_for_function("document.documentElement.scrollWidth <= 800")


def narrow_answer(bulk: Technique) -> NarrowAnswer:
    fraction, deviation = (np.where(np.arange(len(bulk.elements)) > 3, share, np.nan) for share in (0.5, 0.1))
    used = LineArea("film / O 1s", "O", "1s", 525.0, 540.0, 1e4, 1e2, 1.0)
    unused = LineArea("film / C 1s", "C", "1s", 280.0, 290.0, np.nan, np.nan, np.nan, "another element lies there")
    return NarrowAnswer(fraction, deviation, (used, unused), (Note(NoteKind.REMARK, "Shirley background"),))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_read_many_samples_narrow_scans_and_the_page_of_the_method(
    watched: Any, tmp_path: Path, bulk: Technique, sample: SampleResult, serious_findings: Any, scheme: str
) -> None:
    scanned = replace(sample, name="scanned", narrow=narrow_answer(bulk))
    page = opened(watched, tmp_path, bulk, sample, scanned)
    page.emulate_media(color_scheme=scheme)
    for summary in page.locator("summary").all():
        summary.click()
    assert page.get_by_text("another element lies there").is_visible()
    assert serious_findings(page) == []
    method = tmp_path / "method.html"
    method.write_text(method_html(run_of(load_plugin("toy").technique)), encoding="utf-8")
    page.goto(method.as_uri())
    assert serious_findings(page) == []
    assert (watched.errors, watched.elsewhere) == ([], [])


def test_the_report_is_whole_without_a_script(
    watched: Any, browser: Any, tmp_path: Path, bulk: Technique, sample: SampleResult
) -> None:
    with_script = opened(watched, tmp_path, bulk, sample)
    without = browser.new_context(java_script_enabled=False).new_page()
    without.goto(with_script.url)
    assert without.locator(".sq-static img").is_visible()
    assert "Verdict" in without.locator("main").inner_text()
    without.get_by_text("Notes (").click()
    assert without.get_by_text("shutter checked").is_visible()


def test_malicious_names_do_nothing(watched: Any, tmp_path: Path, bulk: Technique, sample: SampleResult) -> None:
    facts = Facts({"date": EVIL, "instrument": EVIL, "lens": EVIL}, (Note(NoteKind.WARNING, EVIL),))
    spoiled = replace(
        sample, name=EVIL, file=EVIL, notes=facts.notes, spectra=replace(sample.spectra, names=(EVIL,), facts=(facts,))
    )
    page = opened(watched, tmp_path, bulk, spoiled, sample)
    assert page.title() == "Elemental analysis"
    assert page.locator("img[src='x']").count() == 0
    assert not {"\x1b", "\u202e"} & set(page.content())
    assert (watched.errors, watched.elsewhere) == ([], [])


def test_a_script_of_others_would_not_run(watched: Any, tmp_path: Path, bulk: Technique, sample: SampleResult) -> None:
    text = report_html(bulk, [sample], "c", None).replace("</main>", "<script>document.title='taken'</script></main>")
    (tmp_path / "spoiled.html").write_text(text, encoding="utf-8")
    watched.page.goto((tmp_path / "spoiled.html").as_uri())
    assert watched.page.title() == "Elemental analysis"
    assert any("Content Security Policy" in error for error in watched.errors)


@pytest.mark.parametrize("samples", [1, 3])
def test_paper_has_no_half_empty_page(
    watched: Any, tmp_path: Path, bulk: Technique, sample: SampleResult, samples: int
) -> None:
    pdfium = pytest.importorskip("pypdfium2", reason='pypdfium2 is missing: pip install ".[test]"')
    page = opened(watched, tmp_path, bulk, *[sample] * samples)
    document = pdfium.PdfDocument(BytesIO(page.pdf(prefer_css_page_size=True, print_background=True)))
    images = [document[number].render(scale=0.5).to_numpy() for number in range(len(document))]
    filled = [float(np.flatnonzero((image.min(axis=2) < 200).any(axis=1)).max() / len(image)) for image in images]
    print(f"pages {len(filled)}, filled {[f'{share:.0%}' for share in filled]}")
    assert len(filled) >= 2
    assert min(filled[:-1]) > 0.6
    assert "Why these elements" in "".join(document[number].get_textpage().get_text_bounded() for number in range(2))
