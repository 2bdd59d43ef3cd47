"""The phases of a map as their pixels need them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specquant.fits.descent.fitting import Fit
from specquant.maps.basis import PhaseBasis, absent_lines
from specquant.maps.pixelfits import PixelFit
from specquant.maps.record import Channels
from specquant.maps.scan import Candidates
from specquant.technique import Floats


@dataclass(frozen=True)
class Phase:
    """One phase, ready for its pixels.

    Parameters
    ----------
    basis
        What its pixels are sums of.
    spectrum
        Its counts, (band,).
    candidates
        The elements that it lacks.
    lines
        Their lines per atom, (candidate, band).
    """

    basis: PhaseBasis
    spectrum: Floats
    candidates: Candidates
    lines: Floats

    @staticmethod
    def of(fit: Fit, channels: Channels, spectrum: Floats) -> "Phase":
        """Return the phase with a fit of its spectrum, and its counts (band,)."""
        basis = PhaseBasis.of(fit, channels, spectrum, fit.model.decisions.widening)
        refused = [fit.model.technique.elements.index(symbol) for symbol in fit.model.decisions.only_if_listed]
        absent = np.setdiff1d(fit.model.elements, [*fit.chosen, *refused])
        lines = absent_lines(fit, absent, channels)
        return Phase(basis, spectrum, Candidates.of(PixelFit(basis), absent, lines, spectrum), lines)

    def lines_of(self, elements: NDArray[np.intp]) -> Floats:
        """Return the lines (element, band) of elements that it lacks, which are among its candidates."""
        return self.lines[np.searchsorted(self.candidates.elements, elements)]
