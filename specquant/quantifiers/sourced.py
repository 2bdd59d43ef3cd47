"""A method that needs the pure spectra of the instrument at hand, for spectra of several instruments."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from specquant.library import LibraryShelf, PureLibrary
from specquant.quantifiers.base import Estimate, Quantifier, parameter_values
from specquant.technique import Floats, Technique


class Sourced(Quantifier):
    """One quantifier per kind of instrument, each made when it is first needed.

    Parameters
    ----------
    technique, shelf
        Whose libraries.
    make
        Gives the quantifier of a technique and library.
    """

    def __init__(
        self, technique: Technique, shelf: LibraryShelf, make: Callable[[Technique, PureLibrary], Quantifier]
    ) -> None:
        super().__init__(technique)
        self._shelf, self._make = shelf, make
        self._made: dict[tuple[float, ...], Quantifier] = {}
        self.name = self._of(technique.defaults()).name

    def estimate(self, counts: Floats, observed: NDArray[np.bool_], stated: Floats) -> Estimate:
        """Let every spectrum be estimated by the quantifier of its instrument."""
        return self._sorted(counts, observed, stated, None)

    def estimate_among(
        self, counts: Floats, observed: NDArray[np.bool_], stated: Floats, candidates: NDArray[np.bool_]
    ) -> Estimate:
        """Do the same among candidates (sample, element)."""
        return self._sorted(counts, observed, stated, candidates)

    @property
    def explained(self) -> Quantifier:
        """What the quantifier of the default instrument is explained by."""
        asked = self._of(self.technique.defaults())
        return asked.explained if asked.explained is not asked else self

    def _of(self, values: dict[str, float]) -> Quantifier:
        key = self._shelf.key(values)
        if key not in self._made:
            self._made[key] = self._make(*self._shelf.at(values))
        return self._made[key]

    def _sorted(
        self, counts: Floats, observed: NDArray[np.bool_], stated: Floats, candidates: NDArray[np.bool_] | None
    ) -> Estimate:
        values = parameter_values(self.technique, stated)
        settings = [{name: float(column[row]) for name, column in values.items()} for row in range(len(counts))]
        groups: dict[tuple[float, ...], list[int]] = {}
        for row, setting in enumerate(settings):
            groups.setdefault(self._shelf.key(setting), []).append(row)
        shape = (len(counts), len(self.technique.elements))
        fraction, lower, upper = np.zeros(shape), np.full(shape, np.nan), np.full(shape, np.nan)
        remarks = [""] * len(counts)
        for rows in groups.values():
            one = self._of(settings[rows[0]])
            if candidates is None:
                found = one.estimate(counts[rows], observed[rows], stated[rows])
            else:
                found = one.estimate_among(counts[rows], observed[rows], stated[rows], candidates[rows])
            fraction[rows], lower[rows], upper[rows] = found.fraction, found.lower, found.upper
            for row, remark in zip(rows, found.remarks, strict=False):
                remarks[row] = remark
        return Estimate(fraction, lower, upper, tuple(remarks))
