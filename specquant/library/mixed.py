"""A library seen through its technique's mixing law: what a composition looks like under an instrument's settings."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from specquant.library.base import PureLibrary
from specquant.mixing import mixes_linearly, mixing_law
from specquant.technique import Floats, Technique


class MixedLibrary:
    """Columns that add up to a spectrum: one per element, per unit of its atomic fraction, and what belongs to none."""

    def __init__(self, technique: Technique, library: PureLibrary) -> None:
        self.linear = mixes_linearly(technique, library.components)
        """Whether yields depend on neither composition nor instrument."""
        self._law = mixing_law(technique, library.components)
        self._density = library.on(technique.axis)
        index = np.array(library.components.indices(technique.elements))
        self._element_rows, self._other_rows = np.flatnonzero(index >= 0), np.flatnonzero(index < 0)
        self._element = index[self._element_rows]
        self._elements = len(technique.elements)

    def yields(self, fraction: Floats, values: Mapping[str, Floats]) -> Floats:
        """Return (sample, component) yields at fractions (sample, element) and parameter values (sample,) each."""
        return np.asarray(self._law.yields(fraction, values))

    def of_elements(self, yields: Floats, chosen: NDArray[np.int64]) -> Floats:
        """Return the lines of elements per unit of their fraction, (chosen, energy), at yields (component,).

        `chosen` are indices of elements of the technique, ascending.
        """
        among = np.isin(self._element, chosen)
        components = self._element_rows[among]
        rows = np.zeros((chosen.size, self._density.shape[1]))
        np.add.at(
            rows, np.searchsorted(chosen, self._element[among]), self._density[components] * yields[components, None]
        )
        return rows

    def of_no_element(self, yields: Floats) -> Floats:
        """Return the sum of the components of no element, (energy,), at yields (component,)."""
        return np.asarray(yields[self._other_rows] @ self._density[self._other_rows])

    def pure(self, values: Mapping[str, float]) -> tuple[Floats, Floats]:
        """Return the spectra of the pure elements, (element, energy): their own lines, and what belongs to none."""
        settings = {name: np.full(self._elements, float(value)) for name, value in values.items()}
        yields = self.yields(np.eye(self._elements), settings)
        lines = np.zeros((self._elements, self._density.shape[1]))
        np.add.at(
            lines, self._element, self._density[self._element_rows] * yields[self._element, self._element_rows, None]
        )
        return lines, yields[:, self._other_rows] @ self._density[self._other_rows]

    def parts(self, fraction: Floats, chosen: NDArray[np.int64], values: Mapping[str, float]) -> Floats:
        """Return the nominal spectrum of fractions (element,) in parts, (chosen + 1, energy).

        They are those of the elements with the indices `chosen`, ascending, and then what belongs to none.
        """
        (yields,) = self.yields(fraction[None], {name: np.array([float(value)]) for name, value in values.items()})
        lines = fraction[chosen, None] * self.of_elements(yields, chosen)
        return np.vstack([lines, self.of_no_element(yields)])

    def spectrum(self, fraction: Floats, values: Mapping[str, float]) -> Floats:
        """Return the nominal spectrum (energy,) of fractions (element,)."""
        return np.asarray(self.parts(fraction, np.flatnonzero(fraction), values).sum(axis=0))


def pure_spectra(technique: Technique, library: PureLibrary) -> Floats:
    """Return the spectrum of every pure element of the technique by its mixing law, shape (element, energy).

    By the linear law that is density x sensitivity, the spectrum per atom. Instrument parameters have their defaults.
    Elements that the library lacks are rows of zeros.
    """
    lines, others = MixedLibrary(technique, library).pure(technique.defaults())
    return lines + np.where(lines.any(axis=1, keepdims=True), others, 0.0)
