"""What synthetic spectra consist of: the exact design, which an oracle may use and no method sees."""

from dataclasses import dataclass

import numpy as np

from specquant.synthesizer.truth import Ints
from specquant.technique import Floats


@dataclass(frozen=True)
class Anatomy:
    """The expected counts of the spectra of a block, taken apart by element; all as drawn, before any noise.

    ``expected = sum of fraction x column over the pairs of a sample + background``. Column and background hold every
    nuisance as it was drawn: shifts, factors, instrument, scale. Where the technique's law or response is not linear,
    columns are those at the true composition, and what is left over (pile-up between elements) is in the background.

    Parameters
    ----------
    sample
        Sample of each column, ascending, (pair,).
    element
        Element of each column, (pair,).
    fraction
        True atomic fraction, shape (pair,).
    columns
        Expected counts per unit of atomic fraction, shape (pair, energy).
    background
        Expected counts of no element, shape (sample, energy).
    observed
        Shape (sample, energy).
    """

    sample: Ints
    element: Ints
    fraction: Floats
    columns: Floats
    background: Floats
    observed: np.ndarray[tuple[int, int], np.dtype[np.bool_]]

    def pairs(self, sample: int) -> slice:
        """Return the pairs of one sample."""
        first, last = np.searchsorted(self.sample, [sample, sample + 1])
        return slice(int(first), int(last))

    def expected(self) -> Floats:
        """Return the expected counts, shape (sample, energy)."""
        total = self.background.copy()
        np.add.at(total, self.sample, self.fraction[:, None] * self.columns)
        return total
