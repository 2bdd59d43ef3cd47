"""Quantifiers that say the same of every spectrum, as what a fit begins with."""

import numpy as np

from specquant.quantifiers import Estimate, Quantifier
from specquant.spectra import Spectra
from specquant.technique import Floats, Technique


class Saying(Quantifier):
    """A proposer that always says the same, with an interval if it is given how far that reaches."""

    name = "saying"

    def __init__(
        self, technique: Technique, fraction: Floats, within: float | None = None, log_odds: float = 0.0
    ) -> None:
        super().__init__(technique)
        self._fraction, self._within, self._log_odds = fraction, within, log_odds

    def estimate(self, spectra: Spectra) -> Estimate:
        fraction = np.repeat(self._fraction[None], len(spectra), axis=0)
        if self._within is None:
            return Estimate.without_interval(fraction)
        odds = np.full(fraction.shape, self._log_odds)
        lower, upper = np.maximum(fraction - self._within, 0.0), np.minimum(fraction + self._within, 1.0)
        return Estimate(fraction, lower, upper, log_odds=odds)


def even(technique: Technique) -> Saying:
    """Return a proposer of all elements alike."""
    size = len(technique.elements)
    return Saying(technique, np.full(size, 1.0 / size))
