"""A method for spectra of several instruments asks the quantifier of each."""

import numpy as np
import pytest
from numpy.typing import NDArray

from specquant.fits import LeastSquares
from specquant.library import LibraryShelf, PureLibrary, RenderedLibrary
from specquant.quantifiers import Sourced
from specquant.quantifiers.base import Estimate, Quantifier
from specquant.synthesizer import BLOCK, synthesizer_of
from specquant.technique import Floats, Technique
from tunable import FIRST, RECIPE, SECOND, tunable

pytestmark = pytest.mark.usefixtures("toy_is_installed")


@pytest.fixture(scope="module")
def technique(toy_is_installed: None) -> Technique:  # noqa: ARG001
    return tunable()


class Telling(Quantifier):
    """Answers with the source that it was made for, and how many spectra it was asked about."""

    name = "telling"

    def __init__(self, technique: Technique, library: PureLibrary) -> None:
        super().__init__(technique)
        del library
        self._source = technique.defaults()["photons"]

    def estimate(self, counts: Floats, observed: NDArray[np.bool_], stated: Floats) -> Estimate:
        del observed
        fraction = np.zeros((len(counts), len(self.technique.elements)))
        fraction[:, 0] = counts[:, 0]
        told = tuple(f"{self._source:g} for {one:g}, one of {len(counts)}" for one in stated[:, 0])
        return Estimate(fraction, fraction - 1.0, fraction + 1.0, told)

    def estimate_among(
        self, counts: Floats, observed: NDArray[np.bool_], stated: Floats, candidates: NDArray[np.bool_]
    ) -> Estimate:
        found = self.estimate(counts, observed, stated)
        found.fraction[:, 1] = candidates.sum(axis=1)
        return found


def telling(technique: Technique) -> Sourced:
    return Sourced(technique, LibraryShelf(technique, RenderedLibrary(technique)), Telling)


SOURCES = np.array([[SECOND], [FIRST], [np.nan], [SECOND]])
COUNTS = np.repeat(np.arange(4.0)[:, None], 201, axis=1)
OBSERVED = np.ones(COUNTS.shape, dtype=bool)


def test_every_spectrum_is_asked_of_its_source_and_answers_come_in_order(technique: Technique) -> None:
    found = telling(technique).estimate(COUNTS, OBSERVED, SOURCES)
    assert found.fraction[:, 0].tolist() == [0.0, 1.0, 2.0, 3.0]
    assert found.lower[:, 0].tolist() == [-1.0, 0.0, 1.0, 2.0]
    assert found.upper[:, 0].tolist() == [1.0, 2.0, 3.0, 4.0]
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
    found = telling(technique).estimate_among(COUNTS, OBSERVED, SOURCES, listed)
    assert found.fraction[:, 1].tolist() == [1.0, 2.0, 3.0, 4.0]


def test_name_and_what_is_explained_are_those_of_the_method(technique: Technique) -> None:
    method = telling(technique)
    assert method.name == "telling"
    assert method.explained is method
    network = Telling(technique, RenderedLibrary(technique))

    class Asking(Telling):
        @property
        def explained(self) -> Quantifier:
            return network

    shelf = LibraryShelf(technique, RenderedLibrary(technique))
    assert Sourced(technique, shelf, Asking).explained is network


def test_a_library_fit_needs_the_lines_of_the_source(technique: Technique) -> None:
    """Without Sourced the spectra of the second source are fitted with lines that lie elsewhere."""
    library = RenderedLibrary(technique)
    made = synthesizer_of(technique, library, RECIPE, 1)
    spectra = [made.spectra(index * BLOCK, 30) for index in range(8)]
    second = next(one for one in spectra if one["photons"].values[0] == SECOND)
    known = second.isel(sample=np.flatnonzero(np.isfinite(second["stated"].values[:, 0])))
    sourced = Sourced(technique, LibraryShelf(technique, library), LeastSquares)
    errors = [
        np.abs(method.quantify(known)["fraction"].values - known["fraction"].values).sum(axis=1).mean() / 2
        for method in (sourced, LeastSquares(technique, library))
    ]
    assert errors[0] < 0.1
    assert errors[1] > 2 * errors[0]
