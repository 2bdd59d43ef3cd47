"""Every check of the conformance kit on a built-in technique and on an outsider's, alike."""

from dataclasses import replace
from pathlib import Path

import pytest

import conformance
from specquant.discovery import Plugin, load_plugin
from specquant.errors import ContractError, SpecquantError
from specquant.fits import LeastSquares
from specquant.quantifiers import Estimate
from specquant.spectra import Spectra
from specquant.technique import EnergyAxis, InstrumentParameter, ProbeExample

pytestmark = pytest.mark.usefixtures("toy_is_installed")

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def toy(toy_is_installed: None) -> Plugin:  # noqa: ARG001
    return load_plugin("toy")


@pytest.mark.parametrize("name", ["toy", "bulk", "xps", "eds"])
@pytest.mark.parametrize("check", conformance.CHECKS, ids=lambda check: check.__name__)
def test_plugin_conforms(check: conformance.Check, name: str) -> None:
    check(load_plugin(name))


def test_kit_has_every_check_of_its_page() -> None:
    source = (HERE / "conformance.py").read_text()
    assert len(conformance.CHECKS) == source.count("\ndef check_") >= 25
    assert all(check.__doc__ for check in conformance.CHECKS)


def test_kit_catches_a_technique_whose_peaks_are_wrong(toy: Plugin) -> None:
    halved = tuple(replace(peak, intensity=peak.intensity / 2) for peak in toy.technique.peaks)
    with pytest.raises(AssertionError, match=r"sums to 0\.5"):
        conformance.check_main_group_sums_to_one(replace(toy, technique=replace(toy.technique, peaks=halved)))


def test_kit_catches_two_elements_that_look_the_same(toy: Plugin) -> None:
    peaks = tuple(replace(peak, energy=24.0) if peak.element == "Be" else peak for peak in toy.technique.peaks)
    twins = replace(toy, technique=replace(toy.technique, peaks=peaks), version="twins")
    with pytest.raises(AssertionError, match=r"Li and Be|Be and Li"):
        conformance.check_no_two_elements_look_the_same(twins)
    with pytest.raises(AssertionError):
        conformance.check_nnls_finds_a_pure_element(twins)


def test_kit_catches_a_render_that_departs_from_the_peak_table(toy: Plugin) -> None:
    from specquant.library.rendered import components_from_peaks

    moved = tuple(replace(peak, energy=peak.energy + 15) for peak in toy.technique.peaks)
    technique = replace(toy.technique, render=lambda axis, _: components_from_peaks(axis, moved))
    with pytest.raises(AssertionError, match="its main lines are at"):
        conformance.check_main_component_peaks_at_a_main_line(replace(toy, technique=technique, version="moved"))


@pytest.mark.parametrize(
    ("check", "changes"),
    [
        ("check_name_is_a_word_to_type", {"name": "My Toy"}),
        ("check_names_are_unique", {"elements": ("Li", "Li")}),
        ("check_peaks_are_on_the_axis", {"axis": EnergyAxis(500.0, 700.0, 1.0)}),
        ("check_records_that_travel_are_json", {"parameters": (InstrumentParameter("a", float("nan"), 0, 1, "", ""),)}),
        ("check_technique_is_valid", {"sensitivity": {"Li": -1.0}}),
        ("check_examples_are_on_the_axis", {"examples": (ProbeExample("Li", (999.0,), "Li is read at 999 eV"),)}),
        ("check_shift_ranges_are_within_the_margin", {"chemical_shift": {"Li": (-50.0, 0.0)}}),
        ("check_loading_twice_gives_the_same", {"title": "another"}),
        ("check_library_has_every_element_and_no_other", {"elements": ("Li", "Be", "B", "C", "N", "O", "F")}),
    ],
)
def test_kit_catches_a_record_that_is_wrong(toy: Plugin, check: str, changes: dict[str, object]) -> None:
    broken = replace(toy, technique=replace(toy.technique, **changes), version=check)  # type: ignore[arg-type]
    with pytest.raises((AssertionError, ValueError, SpecquantError)):
        getattr(conformance, check)(broken)


def test_kit_catches_a_quantifier_that_breaks_its_contract(toy: Plugin) -> None:
    class Doubling(LeastSquares):
        def estimate(self, spectra: Spectra) -> Estimate:
            estimate = super().estimate(spectra)
            return replace(estimate, fraction=2 * estimate.fraction)

    with pytest.raises(ContractError, match="fractions that do not sum to 1"):
        conformance.check_quantifiers_keep_the_contract(replace(toy, quantifiers={"doubling": Doubling}))
