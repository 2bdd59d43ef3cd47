"""The XPS technique record as a whole."""

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from specquant.discovery import load_plugin, load_technique
from specquant.errors import PluginError, SettingError
from specquant.library import PureLibrary, RenderedLibrary, pure_spectra
from specquant.technique import Technique
from specquant.validation import validate_technique


@pytest.fixture(scope="module")
def technique() -> Technique:
    return load_technique("xps")


@pytest.fixture(scope="module")
def library(technique: Technique) -> PureLibrary:
    return RenderedLibrary(technique)


def test_record_is_valid_and_found_by_its_entry_point(technique: Technique) -> None:
    validate_technique(technique)
    assert technique.name == "xps"
    assert load_plugin("xps").distribution == "specquant"


def test_a_broken_record_is_refused(technique: Technique) -> None:
    with pytest.raises(PluginError, match="sensitivity"):
        validate_technique(replace(technique, sensitivity={"C": 1.0}))


def test_axis_is_the_articles_and_elements_are_its_79_and_four_more(technique: Technique) -> None:
    axis = technique.axis
    assert (axis.start, axis.stop, axis.step, axis.descending) == (0.0, 1300.0, 1.0, True)
    assert axis.size == 1301
    assert technique.elements[78:] == ("Tl", "Pb", "Bi", "Th", "U")
    assert technique.elements[0] == "Li"


def test_the_photon_energy_is_stated_and_rendered_and_nothing_else(technique: Technique) -> None:
    (photon,) = technique.stated
    assert (photon.name, photon.default, photon.rendered, photon.required) == ("photon_energy", 1486.6, True, False)
    assert not any(parameter.rendered for parameter in technique.parameters if parameter is not photon)


def test_sensitivity_is_relative_to_carbon(technique: Technique) -> None:
    assert technique.sensitivity["C"] == 1.0
    assert set(technique.sensitivity) == set(technique.elements)


def test_strongest_main_peak_of_every_element_is_on_the_axis(technique: Technique) -> None:
    for symbol in technique.elements:
        main = [peak for peak in technique.peaks if peak.element == symbol and peak.group == "main"]
        assert main, symbol
        assert sum(peak.intensity for peak in main) == pytest.approx(1.0, abs=1e-6), symbol


def test_examples_of_the_article_name_real_lines(technique: Technique) -> None:
    for example in technique.examples:
        if example.element == "C":
            assert example.energies == (285.0,)
        if example.element == "F":
            assert 685.0 in example.energies
    # Cd 3d5/2 (405) and Sc 2p (399/404) share 406 eV; Cd 3p3/2 is at 617 (Moulder et al. 1992)
    cadmium = {peak.label: peak.energy for peak in technique.peaks if peak.element == "Cd"}
    assert cadmium["3d5/2"] == pytest.approx(405.0, abs=0.5)
    assert cadmium["3p3/2"] == pytest.approx(617.0, abs=2.0)


def test_library_has_every_element_and_both_variables(technique: Technique, library: PureLibrary) -> None:
    assert library.elements == technique.elements
    assert {"density", "primary"} <= set(library.dataset.variables)
    axis = technique.axis.padded(technique.margin)
    np.testing.assert_allclose(library.dataset["energy"].values, axis.centres)


def test_pure_spectrum_of_copper_looks_like_copper(technique: Technique, library: PureLibrary) -> None:
    # Clean Cu, Al K-alpha: 2p3/2 933 highest; background behind 2p higher than before it; LMM at 568 stands out.
    column = pure_spectra(technique, library)[technique.elements.index("Cu")]
    assert abs(int(column.argmax()) - 933) <= 1
    assert column[980:1000].mean() > 1.2 * column[900:920].mean()
    assert column[566:571].max() > 1.5 * column[540:550].mean()


def test_pure_columns_are_per_atom(technique: Technique, library: PureLibrary) -> None:
    spectra = pure_spectra(technique, library)
    carbon, copper = (spectra[technique.elements.index(symbol)] for symbol in ("C", "Cu"))
    assert 10 < copper.max() / carbon.max() < 25  # 2p3/2 is two thirds of 25.4, at lower transmission


def test_parameters_out_of_range_are_refused(technique: Technique) -> None:
    with pytest.raises(SettingError, match="out of range"):
        RenderedLibrary(technique, {"resolution": 50.0})
    with pytest.raises(SettingError, match="no such instrument parameter"):
        RenderedLibrary(technique, {"colour": 1.0})


def test_plugin_is_listed_without_being_imported_and_its_module_needs_no_torch() -> None:
    code = (
        "import specquant, sys, specquant_xps; specquant.list_techniques();"
        "assert not {'torch', 'xraylib', 'xraydb', 'scipy'} & set(sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], env={**os.environ}, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
