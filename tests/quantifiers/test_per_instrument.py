"""A method for spectra of several instruments asks the quantifier of each."""

import numpy as np
import pytest

from specquant.fits import LeastSquares
from specquant.library import LibraryShelf, PureLibrary, RenderedLibrary
from specquant.quantifiers import Estimate, PerInstrument, Quantifier, Sign
from specquant.spectra import Spectra
from specquant.synthesizer import BLOCK, synthesizer_of
from specquant.technique import Technique
from tunable import FIRST, RECIPE, SECOND, tunable

pytestmark = pytest.mark.usefixtures("toy_is_installed")


@pytest.fixture(scope="module")
def technique(toy_is_installed: None) -> Technique:  # noqa: ARG001
    return tunable()


class Telling(Quantifier):
    """Answers with the photon energy that it was made for, how many spectra it was asked about, and their lists."""

    def __init__(self, technique: Technique, library: PureLibrary) -> None:
        super().__init__(technique, library)
        self._photons = technique.defaults()["photons"]

    def estimate(self, spectra: Spectra) -> Estimate:
        fraction = np.zeros((len(spectra), len(self.technique.elements)))
        fraction[:, 0] = spectra.counts[:, 0] / 4.0 if spectra.candidates is None else 1.0
        fraction[:, 1] = 1.0 - fraction[:, 0]
        remarks = tuple(f"{self._photons:g} for {own:g}, one of {len(spectra)}" for own in spectra.stated[:, 0])
        if spectra.candidates is not None:
            remarks = tuple(map(str, spectra.candidates.sum(axis=1)))
        return Estimate(fraction, fraction / 2.0, (1.0 + fraction) / 2.0, remarks)


def telling(technique: Technique) -> PerInstrument:
    return PerInstrument(LibraryShelf(technique, RenderedLibrary(technique)), Telling)


PHOTONS = np.array([[SECOND], [FIRST], [np.nan], [SECOND]])
COUNTS = np.repeat(np.arange(4.0)[:, None], 201, axis=1)
SPECTRA = Spectra(COUNTS, np.ones(COUNTS.shape, dtype=bool), PHOTONS)


def test_every_spectrum_is_asked_of_its_instrument_and_answers_come_in_order(technique: Technique) -> None:
    found = telling(technique).answer(SPECTRA)
    assert found.fraction[:, 0].tolist() == [0.0, 0.25, 0.5, 0.75]
    assert found.lower[:, 0].tolist() == [0.0, 0.125, 0.25, 0.375]
    assert found.upper[:, 0].tolist() == [0.5, 0.625, 0.75, 0.875]
    asked = [
        f"{SECOND:g} for {SECOND:g}",
        f"{FIRST:g} for {FIRST:g}",
        f"{FIRST:g} for nan",
        f"{SECOND:g} for {SECOND:g}",
    ]
    assert found.remarks == tuple(f"{words}, one of 2" for words in asked)


def test_lists_of_elements_go_along(technique: Technique) -> None:
    listed = np.zeros((4, len(technique.elements)), dtype=bool)
    for row in range(4):
        listed[row, : row + 1] = True
    found = telling(technique).answer(SPECTRA.among(listed))
    assert found.remarks == ("1", "2", "3", "4")


def test_what_is_explained_is_that_of_the_default_instrument(technique: Technique) -> None:
    method = telling(technique)
    assert method.explained is method
    network = Telling(technique, RenderedLibrary(technique))

    class Asking(Telling):
        @property
        def explained(self) -> Quantifier:
            return network

    shelf = LibraryShelf(technique, RenderedLibrary(technique))
    assert PerInstrument(shelf, Asking).explained is network


def test_it_stands_under_the_name_that_it_is_given(technique: Technique) -> None:
    method = PerInstrument(LibraryShelf(technique, RenderedLibrary(technique)), LeastSquares)
    method.name = "fit"
    assert method.quantify(SPECTRA).attrs["method"] == "fit"
    assert method.library is not None
    assert method.library.elements == technique.elements


def test_a_library_fit_needs_the_lines_of_the_instrument(technique: Technique) -> None:
    """Without PerInstrument the spectra of the second source are fitted with lines that lie elsewhere."""
    library = RenderedLibrary(technique)
    synthesizer = synthesizer_of(technique, library, RECIPE, 1)
    batches = [synthesizer.batch(index * BLOCK, 30) for index in range(8)]
    second = next(batch for batch in batches if batch.parameters["photons"][0] == SECOND)
    spectra = second.spectra()
    known = np.flatnonzero(np.isfinite(spectra.stated[:, 0]))
    truth = second.fraction.numpy()[known]
    per_instrument = PerInstrument(LibraryShelf(technique, library), LeastSquares)
    errors = [
        np.abs(method.answer(spectra.take(known)).fraction - truth).sum(axis=1).mean() / 2
        for method in (per_instrument, LeastSquares(technique, library))
    ]
    assert errors[0] < 0.1
    assert errors[1] > 2 * errors[0]


class Fitting(Quantifier):
    """Says how badly each source explains a spectrum: its counts are the misfit of the first, 2 that of the second."""

    def __init__(self, technique: Technique, library: PureLibrary) -> None:
        super().__init__(technique, library)
        self._is_first = technique.defaults()["photons"] == FIRST

    def estimate(self, spectra: Spectra) -> Estimate:
        fraction = np.zeros((len(spectra), len(self.technique.elements)))
        fraction[:, 0 if self._is_first else 1] = 1.0
        misfit = spectra.counts[:, 0] if self._is_first else np.full(len(spectra), 2.0)
        return Estimate(fraction, fraction, fraction, ("fitted",) * len(spectra), signs={Sign.MISFIT: misfit})


def test_a_source_that_nobody_states_is_the_one_that_explains_the_spectrum(technique: Technique) -> None:
    shelf = LibraryShelf(technique, RenderedLibrary(technique))
    kinds = [kind.values for kind in RECIPE.instruments]
    counts = np.repeat([[9.0], [0.5], [3.9], [9.0]], 201, axis=1)
    spectra = Spectra(counts, np.ones(counts.shape, dtype=bool), np.array([[np.nan], [np.nan], [np.nan], [FIRST]]))
    found = PerInstrument(shelf, Fitting, kinds).answer(spectra)
    assert found.fraction[:, 1].tolist() == [1.0, 0.0, 0.0, 0.0]
    assert found.signs[Sign.MISFIT].tolist() == [2.0, 0.5, 3.9, 9.0]
    words = f"photons {SECOND:g} eV, by the lines of the spectrum, as nobody states it; fitted"
    assert found.remarks == (words, "fitted", "fitted", "fitted")
    alone = PerInstrument(shelf, Fitting).answer(spectra)
    assert alone.fraction[:, 0].tolist() == [1.0] * 4


def test_the_second_source_is_not_asked_where_the_first_explains_the_spectrum(technique: Technique) -> None:
    asked: list[float] = []

    class Counting(Fitting):
        def estimate(self, spectra: Spectra) -> Estimate:
            asked.extend([self.technique.defaults()["photons"]] * len(spectra))
            return super().estimate(spectra)

    counts = np.full((1, 201), 0.9)
    spectra = Spectra(counts, np.ones(counts.shape, dtype=bool), np.array([[np.nan]]))
    shelf = LibraryShelf(technique, RenderedLibrary(technique))
    PerInstrument(shelf, Counting, [kind.values for kind in RECIPE.instruments]).answer(spectra)
    assert asked == [FIRST]
