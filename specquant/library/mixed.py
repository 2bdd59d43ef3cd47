"""A library seen through its technique's mixing law: what a composition looks like under an instrument's settings."""

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray

from specquant.library.base import PureLibrary
from specquant.mixing import mixes_linearly, mixing_law, places
from specquant.technique import Floats, Technique


class MixedLibrary:
    """Columns that add up to a spectrum: one per element, per unit of its atomic fraction, and what belongs to none.

    Parameters
    ----------
    technique, library
        Whose law and nominal spectra.
    """

    def __init__(self, technique: Technique, library: PureLibrary) -> None:
        symbols, labels = (list(map(str, library.dataset[name].values)) for name in ("element", "label"))
        self.linear = mixes_linearly(technique, labels)
        """Whether yields depend on neither composition nor instrument."""
        self._law = mixing_law(technique, symbols, labels)
        self._density = library.on(technique.axis)
        place = np.array(places(symbols, technique.elements))
        self._own, self._free = np.flatnonzero(place >= 0), np.flatnonzero(place < 0)
        self._place = place[self._own]
        self._elements = len(technique.elements)

    def yields(self, fraction: Floats, values: Mapping[str, Floats]) -> Floats:
        """Return (sample, component) yields at fractions (sample, element) and parameter values (sample,) each."""
        settings = {name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in values.items()}
        found: Floats = self._law.yields(torch.from_numpy(np.ascontiguousarray(fraction)), settings).numpy()
        return found

    def of_elements(self, yields: Floats, chosen: NDArray[np.int64]) -> Floats:
        """Return the lines of elements per unit of their fraction, (chosen, energy), at yields (component,).

        `chosen` are indices of elements of the technique, ascending.
        """
        held = np.isin(self._place, chosen)
        own = self._own[held]
        rows = np.zeros((chosen.size, self._density.shape[1]))
        np.add.at(rows, np.searchsorted(chosen, self._place[held]), self._density[own] * yields[own, None])
        return rows

    def of_no_element(self, yields: Floats) -> Floats:
        """Return the sum of the components of no element, (energy,), at yields (component,)."""
        return np.asarray(yields[self._free] @ self._density[self._free])

    def pure(self, values: Mapping[str, float]) -> tuple[Floats, Floats]:
        """Return the spectra of the pure elements, (element, energy): their own lines, and what belongs to none."""
        settings = {name: np.full(self._elements, float(value)) for name, value in values.items()}
        found = self.yields(np.eye(self._elements), settings)
        lines = np.zeros((self._elements, self._density.shape[1]))
        np.add.at(lines, self._place, self._density[self._own] * found[self._place, self._own, None])
        return lines, found[:, self._free] @ self._density[self._free]

    def spectrum(self, fraction: Floats, values: Mapping[str, float]) -> Floats:
        """Return the nominal spectrum (energy,) of fractions (element,)."""
        (found,) = self.yields(fraction[None], {name: np.array([float(value)]) for name, value in values.items()})
        chosen = np.flatnonzero(fraction)
        return np.asarray(fraction[chosen] @ self.of_elements(found, chosen) + self.of_no_element(found))
