"""Narrow scans: assigned to their survey, read as a line, integrated, and added up to a composition."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import xpsfiles
from specquant.errors import ReadError
from specquant.session import open_session
from specquant.session.narrow import NarrowChoice, narrow_dict, read_factors
from specquant.technique import (
    Facts,
    Floats,
    LineArea,
    LineFactor,
    NarrowAnswer,
    NarrowQuestion,
    NarrowScan,
    RawSpectrum,
)
from specquant_xps.atomic import ELEMENTS
from specquant_xps.effects import KINETIC_C1S
from specquant_xps.narrow import narrow_answer
from specquant_xps.narrow.area import area_of, scatter
from specquant_xps.narrow.background import shirley, tougaard
from specquant_xps.narrow.beside import beside, narrow_scan
from specquant_xps.narrow.identity import target_of
from specquant_xps.narrow.scale import on_binding
from specquant_xps.photolines import photolines

PHOTON = 1486.6
SETTINGS = {"photon_energy": PHOTON, "transmission_exponent": 0.3}
WINDOWS = {"C 1s": (6, 278.0, 298.0), "O 1s": (8, 522.0, 545.0), "N 1s": (7, 390.0, 412.0), "Ti 2p": (22, 448.0, 482.0)}


def fractions(**parts: float) -> Floats:
    return np.array([parts.get(symbol, 0.0) for symbol in ELEMENTS])


def scan(
    title: str, share: float, exponent: float = 0.3, seed: int = 1, time: float = 0.5, scans: int = 4, **header: object
) -> NarrowScan:
    """A narrow scan of lines over a Shirley background, as many electrons as an atomic fraction gives, with noise."""
    z, low, high = WINDOWS[title]
    energy = np.arange(low, high, 0.1)
    lines = [line for line in photolines(z, PHOTON) if line.orbital == title.split()[1]]
    peak = np.zeros(energy.size)
    for line in lines:
        area = 20.0 * share * line.area * ((PHOTON - line.energy) / KINETIC_C1S) ** exponent
        peak += area * np.exp(-0.5 * ((energy - line.energy) / 0.6) ** 2) / (0.6 * np.sqrt(2 * np.pi))
    rate = 500.0 + peak + 0.2 * np.cumsum(peak) * 0.1
    counts = np.random.default_rng(seed).poisson(rate * time * scans).astype(float)
    known = {"collection_time": time, "scans": scans, "intensity_unit": "counts", "pass_energy": 20.0, **header}
    return NarrowScan(f"sample / {title}", tuple(energy.tolist()), tuple(counts.tolist()), known)


def question(*scans: NarrowScan, offset: float = 0.0, factors: Mapping[str, LineFactor] | None = None, **parts: float):
    known = fractions(**parts)
    return NarrowQuestion(scans, offset, SETTINGS, known, 0.05 * known, factors)


def line_of(answer: NarrowAnswer, title: str) -> LineArea:
    return next(line for line in answer.lines if line.scan.endswith(title))


def test_shirley_and_tougaard_meet_both_ends_and_rise_with_the_line() -> None:
    energy = np.arange(0.0, 20.0, 0.1)
    peak = np.exp(-0.5 * ((energy - 8.0) / 0.6) ** 2)
    step = 0.2 * (np.cumsum(peak) - 0.5 * peak) * 0.1
    intensity = 1.0 + peak + step
    background = shirley(energy, intensity, 1.0, float(intensity[-1]))
    np.testing.assert_allclose(background, 1.0 + step, atol=0.003)
    other = tougaard(energy, intensity, 1.0, float(intensity[-1]))
    assert other[[0, -1]].tolist() == pytest.approx([1.0, intensity[-1]])
    assert np.all(np.diff(other) >= 0)


def test_scatter_is_one_for_counts_and_less_for_rates() -> None:
    counts = np.random.default_rng(1).poisson(500.0, 4000).astype(float)
    assert scatter(counts) == pytest.approx(1.0, rel=0.1)
    assert scatter(counts / 8) == pytest.approx(1 / 8, rel=0.1)
    assert scatter(np.zeros(10)) == 0.0


@pytest.mark.parametrize("title", WINDOWS)
def test_the_area_of_a_line_is_found_within_its_error(title: str) -> None:
    errors = []
    for seed in range(8):
        one = scan(title, 0.3, seed=seed)
        energy, intensity = np.array(one.energy), np.array(one.counts) / 2.0
        target = target_of(one, energy, fractions(), PHOTON)
        assert not isinstance(target, str)
        area = area_of(energy, intensity, target)
        assert not isinstance(area, str)
        kinetic = PHOTON - 0.5 * sum(target.energies)
        errors.append(
            (area.value / (20.0 * 0.3 * target.area * (kinetic / KINETIC_C1S) ** 0.3) - 1, area.error / area.value)
        )
    off, relative = np.array(errors).T
    assert np.abs(off).max() < 0.06
    assert np.abs(off).mean() < 1.5 * relative.mean()


def test_a_composition_comes_back_whatever_the_dwell_time_and_number_of_scans() -> None:
    scans = [scan("C 1s", 0.5, scans=2), scan("O 1s", 0.3, time=0.1, scans=20), scan("N 1s", 0.2, scans=8)]
    answer = narrow_answer(question(*scans, C=0.4, O=0.6))
    truth = fractions(C=0.5, O=0.3, N=0.2)
    rows = answer.largest_first()
    assert [ELEMENTS[row] for row in rows] == ["C", "O", "N"]
    np.testing.assert_allclose(answer.fraction[rows], truth[rows], atol=0.02)
    assert np.all((answer.lower[rows] < truth[rows]) & (truth[rows] < answer.upper[rows]))
    assert all(not line.unused for line in answer.lines)
    assert np.isnan(answer.fraction[ELEMENTS.index("Fe")])


def test_an_element_that_the_survey_misses_gets_its_share_and_one_without_scan_keeps_its_own() -> None:
    answer = narrow_answer(question(scan("C 1s", 0.5), scan("O 1s", 0.3), scan("N 1s", 0.01), C=0.4, O=0.4, Si=0.2))
    rows = [ELEMENTS.index(symbol) for symbol in "CON"]
    np.testing.assert_allclose(answer.fraction[rows], 0.8 * np.array([0.5, 0.3, 0.01]) / 0.81, atol=0.02)
    assert answer.lower[rows[2]] > 0
    assert "without one, at% of the survey: Si 20.0" in answer.notes[1].text
    absent = narrow_answer(question(scan("C 1s", 0.5), scan("O 1s", 0.5), scan("N 1s", 0.0), C=0.5, O=0.5))
    assert absent.lower[rows[2]] == 0.0
    assert 0.0 < absent.upper[rows[2]] < 0.02


def with_transmission(title: str, share: float, power: float) -> NarrowScan:
    """A narrow scan that states the transmission of its analyser."""
    one = scan(title, share, exponent=0.75 + power)
    kinetic = PHOTON - np.array(one.energy)
    return replace(one, header={**one.header, "transmission": (900 * (kinetic / KINETIC_C1S) ** power).tolist()})


def test_a_stored_transmission_is_divided_out_and_a_constant_one_says_nothing() -> None:
    for power in (-0.6, 0.5):
        scans = [with_transmission("C 1s", 0.4, power), with_transmission("O 1s", 0.6, power)]
        answer = narrow_answer(question(*scans, C=0.5, O=0.5))
        assert answer.fraction[ELEMENTS.index("O")] == pytest.approx(0.6, abs=0.02)
        assert "transmission as the file states it" in answer.notes[0].text
    constant = [
        replace(one, header={**one.header, "transmission": [1.0] * len(one.counts)})
        for one in (scan("C 1s", 0.4), scan("O 1s", 0.6))
    ]
    answer = narrow_answer(question(*constant, C=0.5, O=0.5))
    assert answer.fraction[ELEMENTS.index("O")] == pytest.approx(0.6, abs=0.02)
    assert "^0.30, as the file states none" in answer.notes[0].text


def test_factors_of_a_table_are_taken_and_lines_that_it_lacks_are_told() -> None:
    scans = scan("C 1s", 0.5), scan("O 1s", 0.5), scan("N 1s", 0.2)
    own = narrow_answer(question(*scans, C=0.5, O=0.5))
    stated = narrow_answer(question(*scans, C=0.5, O=0.5, factors={"C 1s": LineFactor(0.25), "O 1s": LineFactor(1.32)}))
    assert line_of(stated, "O 1s").factor == 1.32
    ratio = line_of(own, "O 1s").area / line_of(own, "C 1s").area * 0.25 / 1.32
    assert stated.fraction[ELEMENTS.index("O")] == pytest.approx(ratio / (1 + ratio), abs=1e-6)
    assert line_of(stated, "N 1s").unused == "N 1s is not in the table of sensitivity factors"


def test_a_table_for_another_analyser_gives_the_same_composition_if_it_says_so() -> None:
    def factor(title: str, power: float) -> float:
        """What an instrument measures that transmits as the kinetic energy to a power."""
        lines = [line for line in photolines(WINDOWS[title][0], PHOTON) if line.orbital == title.split()[1]]
        kinetic = PHOTON - sum(line.energy * line.area for line in lines) / sum(line.area for line in lines)
        return float(sum(line.area for line in lines) * (kinetic / KINETIC_C1S) ** (0.75 + power))

    def oxygen(transmission: float | None, stored: bool) -> float:
        scans = [
            with_transmission(title, share, -0.6) if stored else scan(title, share)
            for title, share in (("C 1s", 0.4), ("O 1s", 0.6))
        ]
        factors = {title: LineFactor(factor(title, -1.0), transmission) for title in ("C 1s", "O 1s")}
        answer = narrow_answer(question(*scans, C=0.5, O=0.5, factors=factors))
        return float(answer.fraction[ELEMENTS.index("O")])

    for stored in (True, False):
        assert oxygen(-1.0, stored) == pytest.approx(0.6, abs=0.02)
        assert oxygen(None, stored) < 0.57, "the factors of another analyser, taken as they are"


@pytest.mark.parametrize(
    ("spoilt", "parts", "unused"),
    [
        (scan("N 1s", 0.1, pass_energy=50.0), {"C": 0.5}, "another setting of the analyser: pass energy 50.0 eV, not"),
        (scan("N 1s", 0.1, collection_time="?"), {"C": 0.5}, "the file does not state dwell time and number of scans"),
        (replace(scan("N 1s", 0.1), name="N 1s and Mo 3p"), {"C": 0.5}, "several lines by its title"),
        (replace(scan("N 1s", 0.1), name="VB"), {"C": 0.5}, "no line of what the survey holds lies in it"),
        (replace(scan("N 1s", 0.1), name="Ni 2p"), {"C": 0.5}, "Ni 2p does not lie within its 390 to 412 eV"),
        (scan("N 1s", 0.1), {"C": 0.5, "Mo": 0.3}, "shared with Mo 3p"),
    ],
)
def test_a_scan_that_cannot_be_used_says_why(spoilt: NarrowScan, parts: dict[str, float], unused: str) -> None:
    answer = narrow_answer(question(scan("C 1s", 0.5), scan("O 1s", 0.5), spoilt, O=0.2, **parts))
    assert line_of(answer, spoilt.name).unused.startswith(unused)
    assert np.isnan(answer.fraction[ELEMENTS.index("N")])


def test_auger_lines_of_another_element_are_not_taken_for_a_line() -> None:
    energy = tuple(np.arange(700.0, 770.0, 0.1).tolist())
    iron = NarrowScan("Fe 2p", energy, tuple(100.0 for _ in energy), {})
    assert target_of(iron, np.array(energy), fractions(Co=0.9, O=0.1), PHOTON) == "shared with Co Auger"
    target = target_of(iron, np.array(energy), fractions(Fe=0.9, O=0.1), PHOTON)
    assert not isinstance(target, str)
    assert target.title == "Fe 2p"


def test_a_scan_without_title_shows_what_the_survey_holds() -> None:
    one = replace(scan("C 1s", 0.5), name="block 3")
    target = target_of(one, np.array(one.energy), fractions(C=0.5, O=0.5), PHOTON)
    assert not isinstance(target, str)
    assert target.title == "C 1s"


def test_one_line_alone_gives_no_composition() -> None:
    answer = narrow_answer(question(scan("C 1s", 0.5), C=0.9, O=0.1))
    assert np.isnan(answer.fraction).all()
    line = line_of(answer, "C 1s")
    assert line.area > 0
    assert line.unused == "of one element, and fractions need two"


def test_of_two_scans_of_one_element_the_later_says_that_it_is_not_used() -> None:
    carbon = scan("C 1s", 0.5)
    answer = narrow_answer(
        question(carbon, scan("O 1s", 0.5), replace(carbon, name="sample / C 1s again"), C=0.5, O=0.5)
    )
    assert [line.unused for line in answer.lines] == ["", "", "C 1s is stronger, or measured before"]


def test_scans_belong_to_the_survey_before_them_of_the_same_sample() -> None:
    def raw(name: str, sample: str, entry: str = "") -> RawSpectrum:
        return RawSpectrum(
            name, np.arange(3.0), np.ones(3), header={"sample": sample, "entry": entry, "comments": ["x"]}
        )

    first, one, second, two, other = (raw("s1", "a"), raw("n1", "a"), raw("s2", "a"), raw("n2", "a"), raw("n3", "b"))
    near = beside([first, second], [one, two, other], [first, one, second, two, other])
    assert [[scan.name for scan in scans] for scans in near] == [["n1"], ["n2"]]
    assert "comments" not in narrow_scan(near[0][0]).header
    late = beside([second], [one], [one, second])
    assert [scan.name for scan in late[0]] == ["n1"]
    survey, narrow = raw("s", "", "Au__Survey"), raw("n", "", "Au__Au4f")
    assert len(beside([survey], [narrow], [narrow, survey])[0]) == 1
    empty = replace(one, counts=np.zeros(3))
    assert beside([first], [empty], [first, empty]) == [()]


def test_scans_go_onto_the_scale_of_their_survey() -> None:
    kinetic = NarrowScan("C 1s", (1200.0, 1201.0, 1203.0), (1.0, 2.0, 3.0), {"transmission": [7.0, 8.0, 9.0]})
    raw = RawSpectrum("s", np.array([300.0, 800.0, 1480.0]), np.array([5.0, 6.0, 7.0]), facts=Facts(narrow=(kinetic,)))
    (binding,) = on_binding(raw, raw, PHOTON - raw.energy[::-1], raw.counts[::-1])
    np.testing.assert_allclose(binding.energy, [283.6, 285.6, 286.6])
    assert binding.counts == (3.0, 2.0, 1.0)
    assert binding.header["transmission"] == [9.0, 8.0, 7.0]
    (mirrored,) = on_binding(raw, raw, raw.energy, raw.counts[::-1])
    assert (mirrored.energy, mirrored.counts) == (kinetic.energy, (3.0, 2.0, 1.0))
    assert on_binding(raw, raw, 2 * raw.energy, raw.counts) == ()


def test_a_file_with_narrow_scans_gets_a_second_table(tmp_path: Path) -> None:
    names = ("Survey", "C 1s", "O 1s")
    ranges = ((0.0, 1200.0, 1.0), (276.0, 298.0, 0.1), (520.0, 545.0, 0.1))
    regions = [xpsfiles.region(name, *limits, seed=4) for name, limits in zip(names, ranges, strict=True)]
    path = tmp_path / "two.vms"
    path.write_bytes(xpsfiles.vamas(regions))
    session = open_session("xps", shift=0.0)
    spectra = session.read(path)
    assert [scan.name.rsplit(" / ")[-1] for scan in spectra.facts[0].narrow] == ["C 1s", "O 1s"]
    result = session.quantify(path, method="nnls")
    (answer,) = result.files[0].narrow
    assert answer is not None
    shown = [session.technique.elements[row] for row in answer.largest_first()]
    assert sorted(shown) == ["C", "O"]
    assert "  narrow scans" in repr(result).splitlines()
    written = result.save(tmp_path / "two.json").read_text()
    assert '"narrow"' in written
    assert narrow_dict(answer, session.technique.elements)["scans"][0]["element"] == "C"
    assert "Narrow scans" in result.save(tmp_path / "two.html").read_text()
    none = session.with_narrow("none").quantify(path, method="nnls")
    assert none.files[0].narrow == (None,)
    one = session.with_narrow("c1s").quantify(path, method="nnls").files[0].narrow[0]
    assert one is not None
    assert [line.element for line in one.lines] == ["C"]
    wrong = session.with_narrow("N 1s").quantify(path, method="nnls")
    assert "  warning: narrow scans: none is called n1s; there are C 1s, O 1s" in repr(wrong).splitlines()
    path.write_bytes(xpsfiles.vamas(regions[:1]))
    vain = session.with_narrow("C 1s").quantify(path, method="nnls")
    assert "file holds none beside the spectrum, so that --regions changes nothing" in " ".join(repr(vain).split())
    for quiet in (session, session.with_narrow("none")):
        assert "narrow scans" not in repr(quiet.quantify(path, method="nnls"))


def test_a_table_of_factors_is_checked(tmp_path: Path) -> None:
    path = tmp_path / "factors.csv"
    path.write_text("line,factor\nC  1s,0.25\nO 1s,0.66\n")
    factors = {"C 1s": LineFactor(0.25), "O 1s": LineFactor(0.66)}
    assert read_factors(path) == factors
    assert NarrowChoice.of("O 1s, C1s", path) == NarrowChoice(("o1s", "c1s"), factors)
    path.write_text("line,factor,transmission\nC 1s,0.25,-1\nO 1s,0.66,\n")
    assert read_factors(path) == {"C 1s": LineFactor(0.25, -1.0), "O 1s": LineFactor(0.66)}
    path.write_text("line,factor,transmission\nC 1s,0.25,steep\n")
    with pytest.raises(ReadError, match=r"line 2.*'C 1s': '0.25', 'steep'"):
        read_factors(path)
    path.write_text("line,factor\nC 1s,none\n")
    with pytest.raises(ReadError, match=r"line 2.*'C 1s': 'none'"):
        read_factors(path)
    path.write_text("line,rsf\nC 1s,1\n")
    with pytest.raises(ReadError, match="lacks a column"):
        read_factors(path)
