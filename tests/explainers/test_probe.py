from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from specquant import contracts
from specquant.discovery import load_plugin
from specquant.errors import ContractError, SettingError
from specquant.explainers import Explainer, PeakProbe, check_examples, diagonal_order, readings, strongest_positions
from specquant.explainers.probe import peak_shape
from specquant.explainers.readings import FisMaximum
from specquant.fits import LeastSquares
from specquant.library import RenderedLibrary
from specquant.quantifiers import Estimate, Quantifier
from specquant.spectra import Spectra
from specquant.technique import EnergyAxis, Floats, Peak, ProbeExample, Technique


class Linear(Quantifier):
    """fraction = coefficient @ counts; the last element gets what is left of one."""

    name = "linear"

    def __init__(self, technique: Technique, coefficient: Floats) -> None:
        super().__init__(technique)
        self.coefficient = coefficient
        self.asked: list[Floats] = []

    def estimate(self, spectra: Spectra) -> Estimate:
        assert spectra.observed.all()
        self.asked.append(spectra.counts)
        first = spectra.counts @ self.coefficient.T
        return Estimate.without_interval(np.column_stack([first, 1 - first.sum(axis=1)]))


class Answers(Quantifier):
    """Gives the same answer whatever it is asked."""

    name = "answers"

    def __init__(self, technique: Technique, answer: Sequence[float]) -> None:
        super().__init__(technique)
        self.fraction = np.array(answer, dtype=float)

    def estimate(self, spectra: Spectra) -> Estimate:
        return Estimate.without_interval(np.tile(self.fraction, (len(spectra), 1)))


@pytest.fixture
def pair() -> Technique:
    return Technique(
        name="pair",
        title="Two elements",
        axis=EnergyAxis(100.0, 400.0, 2.0),
        elements=("Li", "Be"),
        sensitivity={"Li": 1.0, "Be": 1.0},
        peaks=(
            Peak("Li", "a1", 300.0, 4.0, 0.4),
            Peak("Li", "a2", 310.0, 4.0, 0.6),
            Peak("Li", "b", 150.0, 4.0, 0.9, "second"),
            Peak("Be", "a", 200.0, 4.0, 1.0),
        ),
        recipes={},
        examples=(ProbeExample("Li", (150.0, 200.0), "Lithium is read at 150 eV, and 200 eV is beryllium's"),),
    )


def spectrum_of(pair: Technique, li: Floats) -> xr.Dataset:
    energies = pair.axis.centres
    return xr.Dataset(
        {"response": (("probe_energy", "element"), np.column_stack([li, 1 - li]))},
        {"probe_energy": energies, "element": ["Li", "Be"]},
        {"probe_width": 4.0},
    )


@pytest.mark.parametrize("shape", ["gaussian", "lorentzian", "voigt"])
def test_a_peak_is_one_high_and_half_of_it_at_half_its_width(shape: str) -> None:
    found = peak_shape(shape, np.array([-3.5, 0.0, 3.5, 1e3]), 7.0)
    np.testing.assert_allclose(found[:3], [0.5, 1.0, 0.5], atol=2e-4)
    assert found[3] < 2e-5


def test_wings_tell_the_shapes_apart() -> None:
    gaussian, voigt, lorentzian = (
        float(peak_shape(s, np.array(10.0), 5.0)) for s in ("gaussian", "voigt", "lorentzian")
    )
    assert gaussian == pytest.approx(2.0**-16)
    assert lorentzian == pytest.approx(1 / 17)
    assert 10 * gaussian < voigt < 0.8 * lorentzian


def test_response_of_a_linear_quantifier_is_its_coefficients(pair: Technique) -> None:
    coefficient = np.zeros((1, 151))
    coefficient[0, 40:60] = 1e-3
    quantifier = Linear(pair, coefficient)
    found = PeakProbe("gaussian", width=8.0, height=50.0, floor=2.0).explain(quantifier)
    sigma = 8.0 / 2.354820045
    centres = pair.axis.centres
    for place in (0, 38, 40, 50, 100, 150):
        counts = 2.0 + 50.0 * np.exp(-((centres - centres[place]) ** 2) / (2 * sigma**2))
        expected = 1e-3 * counts[40:60].sum()
        answer = found["response"].sel(probe_energy=centres[place])
        np.testing.assert_allclose(answer.sel(element=["Li", "Be"]), [expected, 1 - expected], rtol=1e-9)
    np.testing.assert_allclose(found["baseline"].sel(element="Li"), 1e-3 * 2.0 * 20)
    np.testing.assert_array_equal(found["probe_energy"], centres)


def test_probe_asks_in_chunks_and_at_given_energies_only(pair: Technique) -> None:
    quantifier = Linear(pair, np.zeros((1, 151)))
    energies = np.linspace(100.0, 400.0, 700)
    found = PeakProbe(energies=energies, width=4.0).explain(quantifier)
    np.testing.assert_array_equal(found["probe_energy"], energies)
    assert [len(asked) for asked in quantifier.asked] == [256, 256, 188, 1]
    assert PeakProbe(energies=[200.5]).explain(quantifier)["response"].shape == (1, 2)


def test_attribution_keeps_its_contract_and_says_where_it_comes_from(pair: Technique, tmp_path: Path) -> None:
    found = PeakProbe("voigt", width=5.0, height=7.0, floor=0.0).explain(Linear(pair, np.zeros((1, 151))))
    assert found.attrs["technique"] == "pair"
    assert (found.attrs["explainer"], found.attrs["method"]) == ("probe", "linear")
    assert [found.attrs[f"probe_{name}"] for name in ("shape", "width", "height_counts", "floor_counts")] == [
        "voigt",
        5.0,
        7.0,
        0.0,
    ]
    path = contracts.save(found, "ATTRIBUTION", tmp_path / "fis.nc")
    xr.testing.assert_equal(contracts.load(path, "ATTRIBUTION"), found)


def test_every_toy_element_is_read_at_its_own_line(toy: Technique) -> None:
    attribution = PeakProbe(width=4.0).explain(LeastSquares(toy, RenderedLibrary(toy)))
    for reading in readings(toy, attribution):
        row = attribution["response"].sel(probe_energy=reading.strongest.energy)
        assert str(row["element"].values[int(row.argmax("element"))]) == reading.element
        assert reading.best_response > 0.8
    assert diagonal_order(toy) == ("Li", "Be", "B", "C", "N", "O")


def test_examples_say_who_wins(pair: Technique) -> None:
    li = np.full(151, 0.1)
    li[25] = 0.7
    (found,) = check_examples(pair, spectrum_of(pair, li))
    assert (found.element, found.statement) == ("Li", pair.examples[0].statement)
    assert [(p.energy, p.winner) for p in found.positions] == [(150.0, "Li"), (200.0, "Be")]
    assert [p.response for p in found.positions] == pytest.approx([0.7, 0.1])
    assert [p.winner_response for p in found.positions] == pytest.approx([0.7, 0.9])
    assert found.won == (150.0,)


@pytest.mark.parametrize(
    ("readers", "least", "expected"),
    [
        ((), None, [True, False]),
        (("Li", "Be"), None, [True, True]),
        (("Be", "Be"), None, [False, True]),
        ((), 0.1, [True, True]),
        ((), 0.11, [True, False]),
        (("Li", "Be"), 0.7, [True, True]),
        (("Li", "Be"), 0.91, [False, False]),
    ],
)
def test_a_statement_holds_by_its_own_criterion(
    pair: Technique, readers: tuple[str, ...], least: float | None, expected: list[bool]
) -> None:
    li = np.full(151, 0.1)
    li[25] = 0.7
    stated = replace(pair, examples=(replace(pair.examples[0], readers=readers, least=least),))
    (found,) = check_examples(stated, spectrum_of(pair, li))
    assert [position.holds for position in found.positions] == expected
    assert found.holds == all(expected)
    asked = readers or ("Li", "Li")
    assert tuple(position.reader for position in found.positions) == asked
    wanted = [share if reader == "Li" else 1 - share for share, reader in zip((0.7, 0.1), asked, strict=True)]
    assert [position.reader_response for position in found.positions] == pytest.approx(wanted)


def test_examples_that_were_not_probed_are_refused(pair: Technique) -> None:
    attribution = PeakProbe(energies=[150.0, 203.0]).explain(Answers(pair, [0.5, 0.5]))
    with pytest.raises(SettingError, match="203 eV at the nearest; wanted 200 eV"):
        check_examples(pair, attribution)


def test_strongest_positions_are_local_maxima_highest_first(pair: Technique) -> None:
    li = np.zeros(151)
    li[0], li[10:13], li[50], li[51], li[100], li[150] = 0.5, 0.3, 0.8, 0.795, 0.005, 0.9
    found = strongest_positions(spectrum_of(pair, li), "Li", 10)
    assert found == (
        FisMaximum(400.0, 0.9),
        FisMaximum(200.0, 0.8),
        FisMaximum(100.0, 0.5),
        FisMaximum(122.0, 0.3),
    )
    assert strongest_positions(spectrum_of(pair, li), "Li", 2) == found[:2]
    assert strongest_positions(spectrum_of(pair, np.full(151, 0.4)), "Li") == ()


def test_a_reading_names_the_line_that_is_used_instead(pair: Technique) -> None:
    li = np.zeros(151)
    li[26] = 0.8
    lithium, beryllium = readings(pair, spectrum_of(pair, li))
    assert (lithium.element, beryllium.element) == ("Li", "Be")
    assert (lithium.strongest.label, lithium.strongest.energy) == ("a2", 310.0)
    assert lithium.maximum == FisMaximum(152.0, 0.8)
    assert (lithium.nearest.label, lithium.best.label, lithium.best_response) == ("b", "b", 0.8)
    assert (lithium.is_read, lithium.at_strongest, lithium.maximum_at_own_line) == (True, False, True)


def test_elements_that_nobody_taught_the_model_have_no_reading(pair: Technique) -> None:
    found = readings(pair, spectrum_of(pair, np.zeros(151)), known=("Be",))
    assert [reading.element for reading in found] == ["Be"]


def test_a_maximum_away_from_all_lines_is_told_from_the_line_that_is_read(pair: Technique) -> None:
    li = np.zeros(151)
    li[20], li[103] = 0.9, 0.3
    lithium = readings(pair, spectrum_of(pair, li))[0]
    assert lithium.maximum == FisMaximum(140.0, 0.9)
    assert (lithium.nearest.label, lithium.maximum_at_own_line) == ("b", False)
    assert (lithium.best.label, lithium.best_response, lithium.at_strongest) == ("a2", 0.3, True)
    li[103] = 0.009
    assert not readings(pair, spectrum_of(pair, li))[0].is_read


def test_the_diagonal_is_where_no_position_is_higher_than_the_strongest_line(pair: Technique) -> None:
    li = np.zeros(151)
    li[26], li[103] = 0.3, 0.3
    lithium = readings(pair, spectrum_of(pair, li))[0]
    assert (lithium.maximum.energy, lithium.strongest_response, lithium.on_diagonal) == (152.0, 0.3, True)
    li[26] = 0.31
    assert not readings(pair, spectrum_of(pair, li))[0].on_diagonal
    assert not readings(pair, spectrum_of(pair, np.full(151, 0.009)))[0].on_diagonal


def test_lines_that_are_too_faint_are_not_read(pair: Technique) -> None:
    faint = replace(pair, peaks=(*pair.peaks, Peak("Li", "faint", 140.0, 4.0, 0.019)))
    li = np.zeros(151)
    li[20], li[103] = 0.9, 0.3
    lithium = readings(faint, spectrum_of(faint, li))[0]
    assert (lithium.nearest.label, lithium.best.label) == ("faint", "a2")


def test_the_diagonal_goes_by_the_strongest_main_line_on_the_axis(pair: Technique) -> None:
    assert diagonal_order(pair) == ("Be", "Li")
    off_axis = replace(pair, peaks=(*pair.peaks, Peak("Be", "k", 450.0, 4.0, 9.0)))
    assert diagonal_order(off_axis) == ("Be", "Li")
    swapped = replace(pair, peaks=(Peak("Li", "a", 150.0, 4.0, 1.0), *pair.peaks))
    assert diagonal_order(swapped) == ("Li", "Be")
    beyond = replace(pair, peaks=(*pair.peaks[:3], Peak("Be", "k", 450.0, 4.0, 1.0)))
    assert readings(beyond, spectrum_of(pair, np.zeros(151)))[1].strongest.label == "k"
    lineless = replace(pair, peaks=pair.peaks[:3])
    assert diagonal_order(lineless) == ("Li", "Be")
    assert [reading.element for reading in readings(lineless, spectrum_of(pair, np.zeros(151)))] == ["Li"]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1.0, 0.0, "3", True])
@pytest.mark.parametrize("name", ["width", "height"])
def test_settings_that_are_no_sizes_are_refused(name: str, value: float) -> None:
    with pytest.raises(SettingError, match=f"^{name}: "):
        PeakProbe(**{name: value})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1e-9])
def test_floor_may_be_zero_but_not_less(value: float) -> None:
    PeakProbe(floor=0.0)
    with pytest.raises(SettingError, match=r"^floor: "):
        PeakProbe(floor=value)


def test_an_unknown_shape_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SettingError, match="'square'; wanted one of gaussian, lorentzian, voigt"):
        PeakProbe("square")


@pytest.mark.parametrize("energies", [[], [float("nan")], [1.0, float("inf")], [[1.0]], ["here"]])
def test_energies_that_are_no_positions_are_refused(energies: list[float]) -> None:
    with pytest.raises(SettingError, match="energies"):
        PeakProbe(energies=energies)


def test_settings_that_do_not_fit_the_axis_are_refused(pair: Technique) -> None:
    quantifier = Answers(pair, [0.5, 0.5])
    with pytest.raises(SettingError, match="401 eV; wanted 100 to 400 eV"):
        PeakProbe(energies=[400.0, 401.0]).explain(quantifier)
    with pytest.raises(SettingError, match="narrower than a channel"):
        PeakProbe(width=1.9).explain(quantifier)


@pytest.mark.parametrize(
    ("answer", "problem"), [([0.5, float("nan")], "answers: .* not finite"), ([0.2, 0.3, 0.5], "answers: .* shape")]
)
def test_answers_that_are_no_fractions_are_refused(pair: Technique, answer: list[float], problem: str) -> None:
    with pytest.raises(ContractError, match=problem):
        PeakProbe().explain(Answers(pair, answer))


def test_a_reading_needs_a_response_and_a_known_element(pair: Technique) -> None:
    with pytest.raises(SettingError, match="no such element"):
        strongest_positions(spectrum_of(pair, np.zeros(151)), "U")
    with pytest.raises(SettingError, match="no response"):
        strongest_positions(xr.Dataset({"weight": ("element", [0.0])}, {"element": ["Li"]}), "Li")


def test_an_explainer_of_ones_own_is_checked_at_the_door(pair: Technique) -> None:
    class Nameless(Explainer):
        name = "nameless"

        def attribute(self, quantifier: Quantifier, spectra: Spectra | None) -> xr.Dataset:  # noqa: ARG002
            return xr.Dataset({"response": (("probe_energy", "element"), np.zeros((1, 2)))})

    with pytest.raises(ContractError, match="explainer nameless: ATTRIBUTION has no element coordinate"):
        Nameless().explain(Answers(pair, [0.5, 0.5]))
    broken = xr.Dataset({"counts": (("sample", "energy"), [[np.nan]]), "observed": (("sample", "energy"), [[True]])})
    with pytest.raises(ContractError, match="explainer probe: SPECTRA counts holds values that are not finite"):
        PeakProbe().explain(Answers(pair, [0.5, 0.5]), broken)


class TestStated:
    class Watching(Answers):
        def estimate(self, spectra: Spectra) -> Estimate:
            self.seen = [*getattr(self, "seen", []), spectra.stated]
            return super().estimate(spectra)

    @pytest.fixture
    def bulk(self, thirdparty: Path) -> Technique:  # noqa: ARG002
        return load_plugin("bulk").technique

    def test_probe_knows_every_stated_parameter_at_its_default(self, bulk: Technique) -> None:
        watching = self.Watching(bulk, [1, 0, 0, 0, 0, 0])
        PeakProbe().explain(watching)
        assert sum(map(len, watching.seen)) == bulk.axis.size + 1
        assert all((stated == [10.0, 40.0]).all() for stated in watching.seen)

    def test_default_width_is_the_techniques(self, bulk: Technique) -> None:
        quantifier = Answers(bulk, [1, 0, 0, 0, 0, 0])
        assert PeakProbe().explain(quantifier).attrs["probe_width"] == 4.0
        assert PeakProbe(width=7.0).explain(quantifier).attrs["probe_width"] == 7.0
