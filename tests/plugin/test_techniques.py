"""What the core promises of the spectra of every technique, those that ship and an outsider's, beside the kit."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from specquant import contracts
from specquant.explainers import LineWindowLime, PeakProbe
from specquant.fits import LeastSquares
from specquant.testing import Subject

pytestmark = pytest.mark.usefixtures("toy_is_installed")


@dataclass
class Subjects:
    """One subject per technique, made when it is first asked for."""

    known: dict[str, Subject] = field(default_factory=dict)

    def __call__(self, name: str) -> Subject:
        return self.known.setdefault(name, Subject.of(name))


@pytest.fixture(scope="module")
def subjects(toy_is_installed: None) -> Subjects:  # noqa: ARG001
    return Subjects()


every = pytest.mark.parametrize("name", ["toy", "bulk", "xps", "eds"])


@every
def test_fractions_sum_to_one(name: str, subjects: Subjects) -> None:
    subject = subjects(name)
    for recipe in subject.plugin.technique.recipes:
        sums = subject.drawn(recipe)["fraction"].values.sum(axis=1)
        np.testing.assert_allclose(sums, 1.0, atol=1e-4, err_msg=recipe)


@every
def test_what_was_not_measured_holds_no_counts(name: str, subjects: Subjects) -> None:
    subject = subjects(name)
    for recipe in subject.plugin.technique.recipes:
        spectra = subject.drawn(recipe)
        assert not spectra["counts"].values[~spectra["observed"].values].any(), recipe


@every
def test_what_is_stated_is_what_was_drawn_or_left_unstated(name: str, subjects: Subjects) -> None:
    technique = subjects(name).plugin.technique
    for key, recipe in technique.recipes.items():
        spectra = subjects(name).drawn(key)
        assert ("stated" in spectra) == bool(technique.stated), key
        for parameter in technique.stated:
            stated = spectra["stated"].sel(parameter=parameter.name).values
            drawn = spectra["parameter_value"].sel(instrument_parameter=parameter.name).values
            known = np.isfinite(stated)
            np.testing.assert_array_equal(stated[known], drawn[known], err_msg=parameter.name)
            assert recipe.unstated.get(parameter.name, 0.0) > 0 or known.all(), parameter.name


@every
def test_the_library_covers_axis_and_margin(name: str, subjects: Subjects) -> None:
    technique, library = subjects(name).plugin.technique, subjects(name).library
    wide = technique.axis.padded(technique.margin)
    assert library.on(wide).shape == (library.dataset.sizes["component"], wide.size)
    assert set(library.elements) == set(technique.elements)


@every
def test_the_probe_moves_over_the_axis(name: str, subjects: Subjects) -> None:
    subject = subjects(name)
    technique = subject.plugin.technique
    energies = technique.axis.centres[:: max(technique.axis.size // 5, 1)]
    attribution = PeakProbe(energies=energies).explain(LeastSquares(technique, subject.library))
    contracts.check(attribution, "ATTRIBUTION", "probe")
    assert attribution["response"].shape == (energies.size, len(technique.elements))


@every
def test_line_windows_explain_a_spectrum(name: str, subjects: Subjects) -> None:
    subject = subjects(name)
    middle = len(subject.plugin.technique.elements) // 2
    spectra = subject.spectra(subject.pure[middle : middle + 1])
    quantifier = LeastSquares(subject.plugin.technique, subject.library)
    attribution = LineWindowLime(samples=40, seed=11).explain(quantifier, spectra)
    assert np.abs(attribution["weight"].values[0, middle]).max() > 0
