"""The instrument that nobody states, as read from the spectrum: a fit that turns it makes it err for other errors."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from specquant.fits.descent.fitting import Fit
from specquant.technique import Floats, Technique, UnstatedQuantities

_STEPS = 400
"""Values of the turned parameter between which the one that gives the quantity is interpolated: chosen, a nanometre of
a dead layer each."""


class UnstatedInstrument:
    """Instruments that have the unstated quantities that were found.

    Parameters
    ----------
    technique
        It names the quantities.
    """

    def __init__(self, technique: Technique, quantities: UnstatedQuantities) -> None:
        self._quantities = quantities
        self.parameters = frozenset(quantities.parameters)
        """The parameters that are held with it."""
        (self._turned,) = [each for each in technique.parameters if each.name == quantities.turned]

    def settings(self, stated: Mapping[str, float], mean: Floats, deviation: Floats) -> dict[str, float]:
        """Return the settings of an instrument with the first quantity that was found.

        Of the technique's `bases`, turned until they have it, it is the one that has the others best.

        Parameters
        ----------
        stated
            Value of every instrument parameter, as stated or by default.
        mean
            Mean of every quantity that was found, (quantity,).
        deviation
            Its standard deviation, (quantity,).
        """
        turned = [self._with_first(dict(stated) | dict(base), float(mean[0])) for base in self._quantities.bases]
        away = [np.sum(np.square((self._of(values) - mean) / deviation)) for values in turned]
        return turned[int(np.argmin(away))]

    def widened(self, fit: Fit, deviation: float) -> Fit:
        """Return a fit with what the deviation of the first quantity adds to its covariance.

        It is one step along that direction: the fit as it would be after it, all that is free in it giving way.
        """
        first = float(self._of(fit.point.values)[0])
        ends = [self._with_first(fit.point.values, first + sign * deviation) for sign in (-1.0, 1.0)]
        families = fit.model.families(fit.chosen)
        low, high = (fit.model.spectrum(replace(fit.point, values=values), families) for values in ends)
        return fit.widened(0.5 * (high - low))

    def _with_first(self, values: Mapping[str, float], wanted: float) -> dict[str, float]:
        """Return the settings with the parameter turned until the first quantity is as wanted, as far as it goes."""
        grid = np.linspace(self._turned.low, self._turned.high, _STEPS + 1)
        columns = {name: np.full(grid.size, value) for name, value in values.items()} | {self._turned.name: grid}
        first = self._quantities.of(columns)[:, 0]
        order = np.argsort(first, kind="stable")
        return {**values, self._turned.name: float(np.interp(wanted, first[order], grid[order]))}

    def _of(self, values: Mapping[str, float]) -> Floats:
        """Return the quantities (quantity,) of one instrument."""
        return np.asarray(self._quantities.of({name: np.array([value]) for name, value in values.items()})[0])
