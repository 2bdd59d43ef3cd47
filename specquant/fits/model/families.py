"""Families: the components of a library that one factor of a fit scales together."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specquant.mixing import Components
from specquant.technique import Floats

_KNOTS = 9
"""Knots of the smooth factor of a continuum, evenly spaced in the logarithm of the energy: chosen, enough to bend it
over the axis, too few to follow a line."""

_MANY = 12
"""Components of one group of no element from which on they are a continuum, which gets knots in place of one factor:
chosen above the number of knots."""


@dataclass(frozen=True)
class Family:
    """Components that one factor scales: those of one group of one element, or one piece of what belongs to none.

    `element` is the index of the element, -1 for none; `weights` (component,) say how much of each component is in it.
    """

    element: int
    group: str
    weights: Floats


class Families:
    """The components of a library, sorted into families.

    Parameters
    ----------
    components
        Their groups.
    element
        Index of the element of every component among those of the technique, -1 for none, shape (component,).
    energy
        Mean energy of every component, eV, shape (component,).
    separate
        Groups of which every component is a family of its own.
    """

    def __init__(
        self, components: Components, element: NDArray[np.intp], energy: Floats, separate: tuple[str, ...]
    ) -> None:
        self._element, self._energy, self._separate = element, energy, separate
        self._groups = np.array(components.groups)
        self.free = self._of_no_element()
        """The families of what belongs to no element."""

    def of(self, chosen: NDArray[np.intp]) -> list[Family]:
        """Return the families of the chosen elements, in their order, and then of what belongs to none."""
        families = []
        for element in chosen:
            components = np.flatnonzero(self._element == element)
            for group in dict.fromkeys(self._groups[components].tolist()):
                members = components[self._groups[components] == group]
                for part in members[:, None] if group in self._separate else [members]:
                    families.append(Family(int(element), group, self._indicator(part)))
        return [*families, *self.free]

    def _of_no_element(self) -> list[Family]:
        families = []
        for group in dict.fromkeys(self._groups[self._element < 0].tolist()):
            members = np.flatnonzero((self._element < 0) & (self._groups == group))
            if members.size < _MANY:
                families.append(Family(-1, group, self._indicator(members)))
                continue
            position = np.interp(np.log(self._energy[members]), np.log(self._energy[members][[0, -1]]), [0, _KNOTS - 1])
            for knot in range(_KNOTS):
                weights = np.zeros(self._element.size)
                weights[members] = np.clip(1.0 - np.abs(position - knot), 0.0, None)
                families.append(Family(-1, group, weights))
        return families

    def _indicator(self, members: NDArray[np.intp]) -> Floats:
        weights = np.zeros(self._element.size)
        weights[members] = 1.0
        return weights


def mean_energy(rows: NDArray[np.float32] | Floats, energy: Floats) -> Floats:
    """Return where rows (row, channel) lie on average, in the unit of `energy` (channel,), (row,)."""
    return np.asarray((rows @ energy) / np.maximum(rows.sum(axis=1), 1e-30))
