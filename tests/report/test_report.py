import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from reportparts import composition, run_of, sample_of
from specquant.errors import OutputError, ReadError
from specquant.notes import LIMITS, Note, NoteKind
from specquant.report import (
    RunResults,
    method_html,
    notebook_html,
    read_heading,
    report_dict,
    report_html,
    write_html,
    write_json,
)
from specquant.report.answers import amounts, drawn_elements, hidden_amounts, only_elsewhere
from specquant.report.conditions import conditions
from specquant.report.interactive import overlay_of, script, stylesheet
from specquant.report.methods_text import methods_part
from specquant.report.model_section import provenance
from specquant.report.numbers import duration, interval, percent, signed_percent
from specquant.report.reasons import reasons
from specquant.report.wording import GROUNDS
from specquant.technique import Facts, InstrumentParameter, Reporting, Role, Technique
from specquant.verdict import Ground, Judgement, Reason, with_judgements

VOID = {"meta", "img", "br", "link", "hr"}
SECTIONS = ("accuracy", "map", "examples", "readings", "making")
"""Anchors of the page about a model."""


class Page(HTMLParser):
    """Checks that tags nest, and collects what a test asks about."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self.anchors: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name in {"src", "href", "xlink:href", "action"}:
                self.links.append(value or "")
            if name == "id":
                self.anchors.append(value or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("style", "script"):
            self.text += data


@pytest.fixture
def results(toy: Technique) -> RunResults:
    return run_of(toy)


def report_of(results: RunResults) -> str:
    return report_html(results.technique, results.samples, results.command, results.card)


def test_report_holds_the_answer_and_what_stands_behind_it(results: RunResults) -> None:
    page = Page(report_of(results))
    assert {"sample-1", "making"} <= set(page.anchors)
    for expected in (
        *("film", "data/film.csv", "correction: axis reversed", "39.6", "11.1 to 22.2", "60.0", "True, at%"),
        *("Verdict: good. Nothing speaks against this result.", "not in the file"),
        *("cnn, at%", "wt%", "66.7", "90 % interval, at%", "specquant run --technique toy"),
        *("vanilla_cnn, recipe field, 4,096 spectra, seed 7", "C main, 106\u2013118 eV: +31.0", "0.87", "0.76"),
        *("Found by nnls only, in at%: Li 5.0", "B 0.4"),
    ):
        assert expected in page.text, expected
    assert page.tags.count("img") == 2, "the spectrum, and the windows"
    assert page.tags.count("figure") == 2


def test_what_is_for_developers_is_on_a_page_of_its_own(results: RunResults) -> None:
    page = Page(method_html(results))
    assert set(SECTIONS) <= set(page.anchors)
    for expected in (
        *("1.23", "90.5", "97.3", "Carbon is read at 112 eV & 60 eV", "no, as Be", "3 min 20 s"),
        "6 of 6 elements are read at their strongest line",
    ):
        assert expected in page.text, expected
        assert expected not in Page(report_of(results)).text
    assert page.tags.count("img") == 3


def test_pages_ask_the_network_for_nothing_and_run_nothing_but_our_figures(results: RunResults) -> None:
    for text in (report_of(results), method_html(results)):
        page = Page(text)
        assert all(link.startswith(("data:image/", "#")) for link in page.links)
        ours = text.replace(script(), "").replace(stylesheet(), "")
        assert "http://" not in ours
        assert "https://" not in ours
        assert "url(" not in text
        assert "@import" not in text
        assert not {"link", "iframe", "object"} & set(page.tags)
        assert "default-src 'none'" in text
        assert "connect-src" not in text


def test_text_from_files_cannot_become_html(results: RunResults) -> None:
    evil = "<script>alert('x')</script>\"&"
    sample = replace(results.samples[0], name=evil, file=evil, notes=(Note(NoteKind.REMARK, evil),))
    plain, spoiled = (
        Page(report_of(replace(results, samples=(one,), command=evil))) for one in (results.samples[0], sample)
    )
    assert spoiled.tags.count("script") == plain.tags.count("script")
    assert spoiled.text.count(evil) >= 5


def test_signs_that_steer_a_terminal_or_an_eye_are_shown(results: RunResults) -> None:
    evil = "\x1b[31mgood\u202edab"
    sample = replace(results.samples[0], name=evil, file=evil, notes=(Note(NoteKind.REMARK, evil),))
    text = report_of(replace(results, samples=(sample,), command=evil))
    assert not {"\x1b", "\u202e"} & set(text)
    assert Page(text).text.count("\\x1b[31mgood\\u202edab") >= 5


def test_a_report_bears_its_heading(toy: Technique, results: RunResults, tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(b"\x89PNG\r\n\x1a\nrest")
    path = tmp_path / "heading.toml"
    path.write_text('company = "Lab & Sons"\nproject = "P <1>"\nlogo = "logo.png"\n', encoding="utf-8")
    page = Page(report_html(toy, results.samples, "c", None, heading=read_heading(path)))
    assert "Lab & Sons" in page.text
    assert "P <1>" in page.text
    assert any(link.startswith("data:image/png;base64,iVBORw0KGgpyZXN0") for link in page.links)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("company =", "heading cannot be read"),
        (f"company = {'[' * 5000}", "heading cannot be read"),
        ('compny = "x"', "Did you mean company"),
        ("company = 3", "company has to be a text"),
        ('logo = "none.png"', "logo cannot be read"),
        ('logo = "heading.toml"', "logo cannot be used"),
        ('logo = "large.png"', "logo is too large"),
    ],
)
def test_a_heading_that_cannot_be_used_is_named(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "large.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(300_000))
    path = tmp_path / "heading.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ReadError, match=message):
        read_heading(path)


def test_the_first_page_says_how_it_was_measured(toy: Technique, results: RunResults) -> None:
    parameters = (
        InstrumentParameter("voltage", 10.0, 1.0, 30.0, "kV", "of the source", Role.STATED),
        InstrumentParameter("tilt", 0.0, 0.0, 80.0, "deg", "of the sample", Role.STATED),
    )
    reporting = Reporting(("a standard",), ("voltage", "tilt"), *["as usual"] * 7)
    facts = Facts({"date": "2024-05-06", "instrument": "Maker 3", "pass_energy": 20.0, "scans": 4}, axis_offset=1.5)
    (sample,) = results.samples
    spectra = replace(sample.spectra, stated=np.array([[12.5, np.nan]]), facts=(facts,))
    technique = replace(toy, parameters=parameters, reporting=reporting)
    said = dict(conditions(technique, replace(sample, spectra=spectra)))
    assert said["Measured"] == "2024-05-06"
    assert said["Instrument"] == "Maker 3"
    assert said["Settings"] == "pass energy 20 eV, scans 4"
    assert said["Voltage"].startswith("12.5 kV")
    assert "Tilt" not in said, "nobody states it: that stands in the part on the standards"
    assert said["Axis correction"].startswith("+1.50 eV")


def test_a_header_that_says_it_says_nothing_is_not_an_instrument(toy: Technique, results: RunResults) -> None:
    (sample,) = results.samples
    facts = Facts({"date": "unknown", "instrument": "Not Specified", "detector": "SDD", "mode": "Not specified "})
    said = dict(conditions(toy, replace(sample, spectra=replace(sample.spectra, facts=(facts,)))))
    assert (said["Measured"], said["Instrument"], said["Settings"]) == ("not in the file", "SDD", "not in the file")


def test_every_ground_has_words_of_the_laboratory(results: RunResults) -> None:
    assert set(GROUNDS) == set(Ground)
    reasons = [Reason(Ground.MISFIT, "misfit 5.3"), Reason(Ground.MISFIT, "a peak is left over")]
    (sample,) = results.samples
    judged = with_judgements(sample.compositions["cnn"], [Judgement.of(reasons)])
    text = Page(report_of(replace(results, samples=(replace(sample, compositions={"cnn": judged}),)))).text
    assert "Verdict: doubtful. Use this result with care." in text
    assert f"{GROUNDS[Ground.MISFIT]} (misfit 5.3; a peak is left over)" in text


def test_the_table_of_all_samples_says_what_speaks_against_each(toy: Technique, results: RunResults) -> None:
    (sample,) = results.samples
    reasons = [Reason(Ground.MISFIT, "misfit 5.3"), Reason(Ground.COUNTS, "few counts")]
    judged = with_judgements(sample.compositions["cnn"], [Judgement.of(reasons)])
    doubtful = replace(sample, compositions={"cnn": judged})
    warned = replace(sample, notes=(Note(NoteKind.WARNING, "the <network> stands in"),))
    page = Page(report_html(toy, [doubtful, warned], "c", None))
    said = [GROUNDS[reason.ground].partition(":")[0] for reason in Judgement.of(reasons).reasons]
    assert f"doubtful: {'; '.join(said)}" in page.text
    assert page.text.count("the <network> stands in") == 2, "beside the verdict, and among the notes"


def test_a_text_for_a_paper_says_how_answers_came_about(toy: Technique, results: RunResults) -> None:
    (sample,) = results.samples
    words = ("as usual", *[f"sentence {number}." for number in range(6)])
    stating = replace(toy, reporting=Reporting(("a standard",), (), *words))
    facts = Facts(axis_offset=1.5)
    moved = replace(sample, name="moved", spectra=replace(sample.spectra, facts=(facts,)))
    moved = replace(moved, notes=(Note(NoteKind.ASSUMED, "voltage 3"), Note(NoteKind.WARNING, "look out")))
    text = Page(methods_part(stating, [sample, moved], results.card)).text
    assert "Compositions were determined from 2 spectra" in text
    assert "Offsets of the energy axis were taken off: +1.5 eV (moved)." in text
    assert "Assumed of the measurement: voltage 3 (moved)." in text
    assert "Warnings: look out (moved)." in text
    assert all(word in text for word in (*words, results.card.fingerprint, "Detection limits are Currie's"))
    assert methods_part(toy, [sample], results.card) == "", "no standards are named"
    assert methods_part(stating, [], results.card) == ""


def test_spectra_over_each_other_are_as_measured_with_the_lines_of_all_elements(results: RunResults) -> None:
    (sample,) = results.samples
    alone = overlay_of([sample], results.technique)
    assert alone.traces[0].model is not None
    composition = sample.compositions["cnn"]
    names = composition["element"].values.tolist()
    other = next(name for name in reversed(names) if name not in drawn_elements(sample))
    fraction = np.where(np.array(names) == other, 1.0, 0.0)[None]
    changed = composition.assign(fraction=(("sample", "element"), fraction))
    second = replace(sample, name="second", compositions={"cnn": changed}, truth=None)
    both = overlay_of([sample, second], results.technique)
    assert [trace.name for trace in both.traces] == [sample.name, "second"]
    assert all(trace.model is None for trace in both.traces)
    assert {mark.element for mark in both.lines} == {*drawn_elements(sample), other}


def test_unknown_intervals_are_dashes(toy: Technique, results: RunResults) -> None:
    sample = results.samples[0]
    unknown = replace(sample, compositions={"nnls": sample.compositions["nnls"]})
    page = Page(report_html(toy, [unknown], "specquant quantify", None))
    assert "\u2013" in page.text
    assert "nan" not in page.text.lower()
    assert "none: no network was asked" in page.text


@pytest.mark.parametrize(
    ("title", "method", "statement"),
    [
        ("hybrid (shipped)", "hybrid", "interval of hybrid (shipped) comes from the fit of each spectrum"),
        ("cnn", None, "interval of cnn holds the errors that the network made on validation spectra"),
        ("own", "resnet", "interval of own holds the errors that the network made on validation spectra"),
        ("mine", "mine", "interval is as the method mine gives it"),
    ],
)
def test_page_says_where_the_intervals_come_from(
    toy: Technique, results: RunResults, title: str, method: str | None, statement: str
) -> None:
    (sample,) = results.samples
    answer = sample.compositions["cnn"].assign_attrs({} if method is None else {"method": method})
    other = replace(sample, compositions={title: answer, "nnls": sample.compositions["nnls"]})
    assert statement in Page(report_html(toy, [other], "c", results.card)).text


def test_page_of_a_method_without_intervals_says_so(toy: Technique) -> None:
    sample = sample_of(toy)
    fit = replace(sample, compositions={"nnls": sample.compositions["nnls"]})
    text = Page(report_html(toy, [fit], "c", None)).text
    assert "The method nnls gives no interval." in text
    assert "The 90 % interval" not in text


def test_page_names_files_that_could_not_be_used(toy: Technique, results: RunResults) -> None:
    unused = ["<lost>.csv: cannot be read", "empty.csv: is empty"]
    page = Page(report_html(toy, results.samples, "c", None, unused=unused))
    assert all(text in page.text for text in ("Not used", *unused))
    assert "Not used" not in Page(report_html(toy, results.samples, "c", None)).text


def test_page_says_which_method_is_explained_in_place_of_another(toy: Technique) -> None:
    sample = sample_of(toy)
    assert sample.lime is not None
    answer = sample.compositions["cnn"].assign_attrs(method="hybrid")
    fit = replace(sample, compositions={"hybrid": answer}, lime=sample.lime.assign_attrs(method="cnn"))
    text = "the reasons of cnn, which proposes a composition to hybrid; the amounts are those of hybrid."
    assert text in Page(report_html(toy, [fit], "c", None)).text
    network = replace(fit, compositions={"cnn": sample.compositions["cnn"].assign_attrs(method="cnn")})
    assert "the reasons of" not in Page(report_html(toy, [network], "c", None)).text


def test_page_says_what_would_not_show(toy: Technique) -> None:
    sample = sample_of(toy)
    page = Page(report_html(toy, [replace(sample, truth=None)], "c", None))
    assert "Not found, but would not show up to these amounts, in at%: Li 22.2, Be 22.2, N 22.2." in page.text


def test_a_page_says_once_what_would_not_show_and_which_elements_a_model_has(
    toy: Technique, results: RunResults
) -> None:
    limits, other = Note(NoteKind.REMARK, "would not show: Be 3", LIMITS), Note(NoteKind.REMARK, "shutter checked")
    assert results.card is not None
    every = replace(results.card, seen=results.card.elements)
    folded = reasons(toy, replace(sample_of(toy), notes=(limits, other)), drawn=False)
    assert "Notes (1)" in folded
    assert "would not show: Be 3" not in folded
    assert "Trained to see" not in provenance(toy, "c", every)
    assert "Trained to see" in provenance(toy, "c", replace(every, seen=every.elements[1:]))


def test_page_says_that_it_does_not_know_what_would_not_show(toy: Technique) -> None:
    sample = sample_of(toy)
    fit = replace(sample, compositions={"nnls": sample.compositions["nnls"]}, truth=None)
    assert "What would not show is not known of this method." in Page(report_html(toy, [fit], "c", None)).text


def test_what_is_not_quantified_has_no_model_and_no_table(toy: Technique) -> None:
    sample = sample_of(toy)
    nothing = sample.compositions["cnn"] * np.nan
    text = Page(report_html(toy, [replace(sample, compositions={"cnn": nothing}, modelled=None)], "c", None)).text
    assert "Measured counts." in text
    assert "Residual" not in text
    assert "Result" not in text


def test_page_says_with_which_parameters_a_model_was_trained(toy: Technique, results: RunResults) -> None:
    parameters = (
        InstrumentParameter("voltage", 10.0, 1.0, 30.0, "kV", "of the source", Role.RENDERED),
        InstrumentParameter("angle", 40.0, 10.0, 80.0, "deg", "of the detector", Role.STATED),
        InstrumentParameter("young", 1.0, 0.0, 2.0, "", "of which the model knows nothing"),
    )
    card = replace(results.card, ranges={"voltage": (10.0, 15.0), "angle": (30.0, 45.0)})
    text = Page(report_html(replace(toy, parameters=parameters), [], "c", card)).text
    assert "voltage 10 or 15 kV, angle 30 to 45 deg" in text
    assert "young" not in text


def test_a_notebook_shows_pictures_and_the_text(toy: Technique) -> None:
    page = Page(notebook_html(toy, [sample_of(toy), sample_of(toy, "foil")], "C 39.6 & O 60.0"))
    assert page.tags.count("img") == 2
    assert "C 39.6 & O 60.0" in page.text
    assert "html" not in page.tags


def test_report_without_samples(results: RunResults) -> None:
    page = Page(report_of(replace(results, samples=())))
    assert "No spectrum was quantified" in page.text


def test_report_of_a_run_that_measured_nothing(results: RunResults) -> None:
    page = Page(method_html(replace(results, accuracy={}, examples=(), readings=(), seconds={}, samples=())))
    assert set(SECTIONS) <= set(page.anchors)


def test_report_without_lime(toy: Technique, results: RunResults) -> None:
    page = Page(report_of(replace(results, samples=(sample_of(toy, explained=False),))))
    assert "was not explained" in page.text


def test_elements_that_no_window_moves_are_not_drawn(toy: Technique) -> None:
    sample = sample_of(toy)
    assert sample.lime is not None
    still = replace(sample, lime=sample.lime.assign(weight=sample.lime["weight"] * 0.01))
    assert "No single window" in Page(report_html(toy, [still], "c", None)).text


def test_spectrum_in_which_nothing_is_found(toy: Technique, results: RunResults) -> None:
    even = composition(toy, [0.009, 0.009, 0.982, 0, 0, 0], None)
    even["fraction"][:] = 0.0
    sample = replace(results.samples[0], compositions={"cnn": even}, truth=None)
    assert "No element reaches its detection limit" in Page(report_html(toy, [sample], "c", results.card)).text


def test_long_runs_are_tables_past_a_number_of_samples(toy: Technique, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("specquant.report.document.MOST_DRAWN", 2)
    plain = replace(sample_of(toy, explained=False), truth=None)
    page = Page(report_html(toy, [plain] * 3, "c", None))
    assert page.tags.count("img") == 2
    assert "sample-3" in page.anchors
    assert "Only the first 2 samples are drawn" in page.text


def test_amounts_hold_what_is_found_and_what_is_true(toy: Technique) -> None:
    found = amounts(sample_of(toy))
    assert [amount.element for amount in found] == ["O", "C", "Be"]
    assert found[1].others == {"nnls": pytest.approx(0.35)}
    assert found[2].truth == pytest.approx(0.02)
    assert only_elsewhere(sample_of(toy)) == {"nnls": [("Li", 0.05)]}
    assert [amount.element for amount in found if amount.shown] == ["O", "C"]
    assert [(amount.element, amount.fraction) for amount in hidden_amounts(sample_of(toy))] == [("B", 0.004)]


def test_json_is_strict_and_survives_the_disk(results: RunResults, tmp_path: Path) -> None:
    content = report_dict(results)
    path = write_json(content, tmp_path / "report.json")
    assert json.loads(path.read_text(encoding="utf-8")) == content
    (sample,) = content["samples"]
    assert sample["notes"] == [{"kind": "correction", "text": "axis reversed", "about": "axis"}]
    found = sample["compositions"]["cnn"]
    weight = np.array([0.6 * 15.999, 0.396 * 12.011, 0.004 * 10.81])
    np.testing.assert_allclose([row.pop("weight_fraction") for row in found], weight / weight.sum(), rtol=1e-3)
    assert found == [
        {"element": "O", "fraction": 0.6, "lower": 0.111, "upper": 0.222},
        {"element": "C", "fraction": 0.396, "lower": 0.111, "upper": 0.222},
        {"element": "B", "fraction": 0.004, "lower": 0.111, "upper": 0.222},
    ]
    first = sample["compositions"]["nnls"][0]
    assert first == {"element": "O", "fraction": 0.6, "lower": None, "upper": None} | {
        "weight_fraction": first["weight_fraction"]
    }
    assert content["seconds"] == {"training": 200.0, "report": None}
    assert content["accuracy"]["field"]["cnn"]["accuracy"] == 0.973
    assert content["examples"][0]["won"] == [112.0]
    assert content["readings"][3]["at_strongest"] is True
    assert content["technique"]["name"] == "toy"


def test_json_refuses_what_is_not_finite(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        write_json({"a": float("nan")}, tmp_path / "a.json")
    assert list(tmp_path.iterdir()) == []


def test_page_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = write_html("<p>\u03c3</p>", tmp_path / "new" / "report.html")
    assert path.read_text(encoding="utf-8") == "<p>\u03c3</p>"
    with pytest.raises(OutputError):
        write_html("x", tmp_path / "new")


def test_numbers_read_well() -> None:
    assert (percent(0.12345), percent(0.12345, 2), percent(float("nan"))) == ("12.3", "12.35", "\u2013")
    assert (signed_percent(0.05), signed_percent(-0.05)) == ("+5.0", "\u22125.0")
    assert (interval(0.1, 0.2), interval(float("nan"), 0.2)) == ("10.0 to 20.0", "\u2013")
    assert (duration(3.14), duration(119.99), duration(754)) == ("3.1 s", "120.0 s", "12 min 34 s")
