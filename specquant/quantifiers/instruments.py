"""A method that needs the pure spectra of the instrument at hand, for spectra of several instruments."""

from collections.abc import Callable

import numpy as np

from specquant.library import LibraryShelf, PureLibrary
from specquant.quantifiers.base import Estimate, Quantifier
from specquant.quantifiers.modelled import Modelled
from specquant.spectra import Spectra
from specquant.technique import Floats, Technique


class PerInstrument(Quantifier):
    """One quantifier per kind of instrument, each made when it is first needed."""

    def __init__(self, shelf: LibraryShelf, make: Callable[[Technique, PureLibrary], Quantifier]) -> None:
        technique, library = shelf.default
        super().__init__(technique, library)
        self._shelf, self._make = shelf, make
        self._quantifiers: dict[tuple[float, ...], Quantifier] = {}

    def estimate(self, spectra: Spectra) -> Estimate:
        """Let every spectrum be estimated by the quantifier of its instrument."""
        values = spectra.parameters(self.technique)
        settings = [{name: float(column[row]) for name, column in values.items()} for row in range(len(spectra))]
        groups: dict[tuple[float, ...], list[int]] = {}
        for row, setting in enumerate(settings):
            groups.setdefault(self._shelf.key(setting), []).append(row)
        shape = (len(spectra), len(self.technique.elements))
        fraction, lower, upper = np.zeros(shape), np.full(shape, np.nan), np.full(shape, np.nan)
        limits: Floats = np.full(shape, np.nan)
        layers, axis = np.full((*shape, 2), np.nan), np.full((len(spectra), 2), np.nan)
        signs: dict[str, Floats] = {}
        remarks = [""] * len(spectra)
        modelled: list[Modelled | None] = [None] * len(spectra)
        for rows in groups.values():
            estimate = self.at(settings[rows[0]]).answer(spectra.take(rows))
            fraction[rows], lower[rows], upper[rows] = estimate.fraction, estimate.lower, estimate.upper
            limits[rows] = np.nan if estimate.limits is None else estimate.limits
            layers[rows] = np.nan if estimate.layers is None else estimate.layers
            axis[rows] = np.nan if estimate.axis is None else estimate.axis
            for sign, seen in estimate.signs.items():
                signs.setdefault(sign, np.full(len(spectra), np.nan))[rows] = seen
            for row, remark in zip(rows, estimate.each_remark, strict=True):
                remarks[row] = remark
            for row, one in zip(rows, estimate.modelled, strict=False):  # there may be none
                modelled[row] = one
        return Estimate(
            fraction,
            lower,
            upper,
            tuple(remarks),
            limits=limits,
            signs=signs,
            modelled=tuple(modelled),
            layers=layers,
            axis=axis,
        )

    @property
    def supposes_usual_instrument(self) -> bool:
        """Whether the quantifier of the default instrument does."""
        return self.at(self.technique.defaults()).supposes_usual_instrument

    @property
    def fits_fractions(self) -> bool:
        """Whether the quantifier of the default instrument does."""
        return self.at(self.technique.defaults()).fits_fractions

    @property
    def explained(self) -> Quantifier:
        """What the quantifier of the default instrument is explained by."""
        default = self.at(self.technique.defaults())
        return default.explained if default.explained is not default else self

    def at(self, values: dict[str, float]) -> Quantifier:
        """Return the quantifier of an instrument with these values of all parameters."""
        key = self._shelf.key(values)
        if key not in self._quantifiers:
            self._quantifiers[key] = self._make(*self._shelf.at(values))
        return self._quantifiers[key]
