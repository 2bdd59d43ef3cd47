"""Scales of instrument parameters on which spectra change evenly, so that a linearised model is right for longer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from specquant.technique import Floats

_REPEATED = 0.95
"""Share of what is scattered that scatters again within the axis: chosen, as spectra of XPS bend least by it."""


@dataclass(frozen=True)
class _Scale:
    """Where values are on a scale, the values at places on it, and how steep it is at values."""

    of: Callable[[Floats], Floats]
    back: Callable[[Floats], Floats]
    slopes: Callable[[Floats], Floats]


def _repeated(values: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 - _REPEATED * values))


_KINDS: Mapping[str, _Scale] = {
    "logarithm": _Scale(np.log, np.exp, np.reciprocal),
    "exponential": _Scale(np.exp, np.log, np.exp),
    "repeated": _Scale(
        _repeated, lambda places: (1.0 - 1.0 / places) / _REPEATED, lambda values: _REPEATED * _repeated(values) ** 2
    ),
}


class Scales:
    """The scales of some parameters.

    Parameters
    ----------
    names
        The parameters.
    kinds
        Those of them that have a scale, with its kind, see `FitPriors.scales`.
    """

    def __init__(self, names: Sequence[str], kinds: Mapping[str, str]) -> None:
        of_kind = {kind: [names.index(name) for name in names if kinds.get(name) == kind] for kind in _KINDS}
        self._scales = [(_KINDS[kind], indices) for kind, indices in of_kind.items() if indices]

    def of(self, values: Floats) -> Floats:
        """Return where values (parameter,) are on their scales."""
        places = values.copy()
        for scale, indices in self._scales:
            places[indices] = scale.of(values[indices])
        return places

    def back(self, places: Floats) -> Floats:
        """Return the values (parameter,) at places on their scales."""
        values = places.copy()
        for scale, indices in self._scales:
            values[indices] = scale.back(places[indices])
        return values

    def slopes(self, values: Floats) -> Floats:
        """Return the derivatives of `of`, (parameter,)."""
        slopes = np.ones_like(values)
        for scale, indices in self._scales:
            slopes[indices] = scale.slopes(values[indices])
        return slopes
